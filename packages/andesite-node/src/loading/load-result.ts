import type { Severity, WireCollection } from "@asterite/andesite-protocol";
import type { TrackError } from "@asterite/audio/media";
import type { Loaded, LoadedTrack } from "./loader.ts";
import { wholeOf } from "./part-identifier.ts";
import { type ExtraInfo, type TrackInfoJson, toTrackInfo } from "./track-info.ts";

/** A load result in JSON (section 13.3 of the protocol, with the decisions of section 16). */
export interface LoadResultJson {
  readonly loadType: Loaded["loadType"];
  readonly tracks: readonly TrackInfoJson[];
  /** Empty unless the result is a playlist or a search. */
  readonly playlistInfo:
    | {
        readonly name: string;
        readonly selectedTrack: number | null;
        /** Present only in extended results from which a limit left out tracks. */
        readonly omitted?: number;
      }
    | Record<string, never>;
  /** Present only in extended results of a search in the music folders. */
  readonly collections?: readonly WireCollection[];
  /** Present only for failures. */
  readonly cause?: unknown;
  /** Present only for failures. */
  readonly severity?: Severity;
}

/** Options of {@link toLoadResult}. */
export interface LoadResultOptions {
  /** Converts an error to the error object of section 5.2. */
  readonly toWireError: (error: TrackError) => unknown;
  /** Whether tracks have more than the nine keys of the protocol. Default: false. */
  readonly extended?: boolean;
  /** Returns the URL of the picture of the track with an identifier. Default: none. */
  readonly artworkUrl?: (identifier: string) => string | null;
}

/**
 * Converts a load result to JSON. Results without tracks have an empty `tracks` and `playlistInfo` too,
 * because clients written for the reference node require both.
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
    // Tracks of a cue sheet have the picture of their file, which clients then request once.
    artworkUrl: extras.hasPicture ? artworkUrl(wholeOf(track.info.identifier)) : null,
  });
  const tracks = loaded.tracks.map((each) => toTrackInfo(each.track, extended ? extraInfoOf(each) : null));
  if (loadType === "TRACK_LOADED") return { loadType, tracks, playlistInfo: {} };
  const { name, selectedTrack, omitted = 0, collections } = loaded;
  // Clients that do not know collections expect a search result to have tracks.
  if (!extended && tracks.length === 0) return { ...empty, loadType: "NO_MATCHES" };
  return {
    loadType,
    tracks,
    playlistInfo: { name, selectedTrack, ...(extended && omitted > 0 && { omitted }) },
    ...(extended &&
      collections && {
        collections: collections.map(({ picturePath, ...collection }) => ({
          ...collection,
          artworkUrl: picturePath === null ? null : artworkUrl(wholeOf(picturePath)),
        })),
      }),
  };
}
