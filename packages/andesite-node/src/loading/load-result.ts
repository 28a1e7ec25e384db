import type { Severity } from "@asterite/andesite-protocol";
import type { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { Loaded, LoadedTrack } from "./loader.ts";
import { type ExtraInfo, type TrackInfoJson, toTrackInfo } from "./track-info.ts";

/** A load result as it stands in JSON (section 13.3 of the protocol, with the decisions of section 16). */
export interface LoadResultJson {
  readonly loadType: Loaded["loadType"];
  readonly tracks: readonly TrackInfoJson[];
  /** Empty where there is no playlist. */
  readonly playlistInfo:
    | { readonly name: string; readonly selectedTrack: number | null }
    | Record<string, never>;
  /** Only of a failure. */
  readonly cause?: unknown;
  /** Only of a failure. */
  readonly severity?: Severity;
}

/** What {@link toLoadResult} needs beside what was loaded. */
export interface LoadResultOptions {
  /** Makes the error object of section 5.2. */
  readonly toWireError: (error: TrackError) => unknown;
  /** Whether tracks tell more than their nine keys. Default: false. */
  readonly extended?: boolean;
  /** Makes the address of the picture of a track that has one. Default: none has. */
  readonly artworkUrl?: (track: Track) => string | null;
}

/**
 * What was loaded, as it stands in JSON. Where nothing was, there are empty tracks and an empty playlist all the same,
 * because clients that build on the reference node insist on them.
 */
export function toLoadResult(
  loaded: Loaded,
  { toWireError, extended = false, artworkUrl = () => null }: LoadResultOptions,
): LoadResultJson {
  const { loadType } = loaded;
  const empty = { loadType, tracks: [], playlistInfo: {} };
  if (loadType === "NO_MATCHES") return empty;
  if (loadType === "LOAD_FAILED") {
    return { ...empty, cause: toWireError(loaded.error), severity: loaded.error.severity };
  }
  const extraInfoOf = ({ track, extras }: LoadedTrack): ExtraInfo => ({
    album: extras.album,
    lyrics: extras.lyrics,
    artworkUrl: extras.hasPicture ? artworkUrl(track) : null,
  });
  const tracks = loaded.tracks.map((each) => toTrackInfo(each.track, extended ? extraInfoOf(each) : null));
  if (loadType === "TRACK_LOADED") return { loadType, tracks, playlistInfo: {} };
  return { loadType, tracks, playlistInfo: { name: loaded.name, selectedTrack: loaded.selectedTrack } };
}
