import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { TrackExtras } from "./loader.ts";

const packages = "com.sedmelluq.discord.lavaplayer.source";

/** Class names of lavaplayer's tracks by source. Clients at most compare them. */
const classes: Readonly<Record<string, string>> = Object.freeze({
  youtube: `${packages}.youtube.YoutubeAudioTrack`,
  soundcloud: `${packages}.soundcloud.SoundCloudAudioTrack`,
  bandcamp: `${packages}.bandcamp.BandcampAudioTrack`,
  vimeo: `${packages}.vimeo.VimeoAudioTrack`,
  twitch: `${packages}.twitch.TwitchStreamAudioTrack`,
  "beam.pro": `${packages}.beam.BeamAudioTrack`,
  niconico: `${packages}.nico.NicoAudioTrack`,
  "getyarn.io": `${packages}.getyarn.GetyarnAudioTrack`,
  "yandex-music": `${packages}.yamusic.YandexMusicAudioTrack`,
  http: `${packages}.http.HttpAudioTrack`,
  local: `${packages}.local.LocalAudioTrack`,
});

/** Fields of `info` in addition to the nine keys, for clients that request them. */
interface ExtendedInfo extends Pick<TrackExtras, "album" | "lyrics"> {
  readonly sourceName: string;
  readonly artworkUrl: string | null;
  readonly isrc: string | null;
}

/** The extended fields that the track itself does not contain. */
export type ExtraInfo = Pick<ExtendedInfo, "album" | "lyrics" | "artworkUrl">;

/** A track in JSON (sections 7.3 and 7.4 of the protocol). */
export interface TrackInfoJson {
  /** Encoded track. */
  readonly track: string;
  readonly info: {
    readonly class: string;
    readonly title: string;
    readonly author: string;
    /** Milliseconds, serialised with all digits. */
    readonly length: number | object;
    readonly identifier: string;
    readonly uri: string | null;
    readonly isStream: boolean;
    readonly isSeekable: boolean;
    /** Milliseconds, serialised with all digits. */
    readonly position: number | object;
  } & Partial<ExtendedInfo>;
}

/**
 * Converts a track to JSON. The result is meant for `JSON.stringify` only: numbers beyond 2^53 are raw JSON
 * objects.
 *
 * @param extra - Extended fields, for clients that request them; null for others.
 */
export function toTrackInfo(track: Track, extra: ExtraInfo | null = null): TrackInfoJson {
  const { info, source } = track;
  return {
    track: encodeCurrent(track),
    info: {
      class: classes[source.name] ?? `${packages}.${source.name}`,
      title: info.title,
      author: info.author,
      length: exactNumber(info.lengthMs),
      identifier: info.identifier,
      uri: info.uri,
      isStream: info.isStream,
      isSeekable: !info.isStream,
      position: exactNumber(track.positionMs),
      ...(extra && {
        album: extra.album,
        lyrics: extra.lyrics,
        sourceName: source.name,
        artworkUrl: info.artworkUrl ?? extra.artworkUrl,
        isrc: info.isrc,
      }),
    },
  };
}

/**
 * Encodes a track in the current format: version 1 cannot contain the URI, and version 3 is only understood
 * by clients that sent it.
 */
export const encodeCurrent = (track: Track): string =>
  encodeTrack(track, { version: track.version === 1 ? 2 : track.version });

/** Not in TypeScript's library yet: https://github.com/tc39/proposal-json-parse-with-source */
interface ExactJson extends JSON {
  rawJSON(text: string): object;
}

/** Returns a value that `JSON.stringify` writes with all digits. */
export function exactNumber(value: bigint): number | object {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (JSON as ExactJson).rawJSON(String(value));
}
