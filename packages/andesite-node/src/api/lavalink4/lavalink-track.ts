import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { JsonObject } from "../../engine/remote-deck.ts";
import { exactNumber } from "../../loading/track-info.ts";

/** A track of Lavalink 4 in JSON. */
export interface LavalinkTrack {
  readonly encoded: string;
  readonly info: object;
  readonly pluginInfo: object;
  readonly userData: JsonObject;
}

/** Options of {@link toLavalinkTrack}. */
interface LavalinkTrackOptions {
  /** The track as the client sent it. Default: encoded in version 3. */
  readonly encoded?: string;
  /** Default: none. */
  readonly userData?: JsonObject;
}

/**
 * Converts a track to JSON. The result is meant for `JSON.stringify` only: numbers beyond 2^53 are raw JSON objects.
 */
export function toLavalinkTrack(track: Track, options: LavalinkTrackOptions = {}): LavalinkTrack {
  const { info, source } = track;
  const { encoded = encodeTrack(track, { version: 3 }), userData = {} } = options;
  const { probe } = source;
  return {
    encoded,
    info: {
      identifier: info.identifier,
      isSeekable: !info.isStream,
      author: info.author,
      length: exactNumber(info.lengthMs),
      isStream: info.isStream,
      position: exactNumber(track.positionMs),
      title: info.title,
      uri: info.uri,
      sourceName: source.name,
      artworkUrl: info.artworkUrl,
      isrc: info.isrc,
    },
    pluginInfo: probe ? { probeInfo: [probe.name, probe.parameters].filter(Boolean).join("|") } : {},
    userData,
  };
}
