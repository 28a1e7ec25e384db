import * as v from "valibot";
import { wireError } from "./errors.ts";
import { count, finite, flag, knownMilliseconds, maybe, object, orNull, text } from "./schema.ts";

/** How loading ended. */
export const LoadType = Object.freeze({
  TRACK_LOADED: "TRACK_LOADED",
  SEARCH_RESULT: "SEARCH_RESULT",
  PLAYLIST_LOADED: "PLAYLIST_LOADED",
  NO_MATCHES: "NO_MATCHES",
  LOAD_FAILED: "LOAD_FAILED",
});
/** How loading ended. */
export type LoadType = keyof typeof LoadType;

/** Who is to blame for an error while loading: nobody, probably an outside service, probably the library. */
export const Severity = Object.freeze({ COMMON: "COMMON", SUSPICIOUS: "SUSPICIOUS", FAULT: "FAULT" });
/** Who is to blame for an error while loading. */
export type Severity = keyof typeof Severity;

/** The author that a track without one gets. */
export const unknownArtist = "Unknown artist";

/** What is known about a track. */
const trackMetadata = object({
  /** Java class of the track, opaque. */
  class: text,
  title: text,
  author: text,
  /** ms; null when unknown or a stream. */
  length: knownMilliseconds,
  identifier: text,
  uri: orNull(v.string()),
  isStream: flag,
  isSeekable: v.nullish(v.boolean()),
  /** ms, from the encoded track. */
  position: count,
  // From here on additions of `loadtracks?extended=true`; other answers never have them.
  /** Address of a picture. */
  artworkUrl: maybe(v.string()),
  /** International Standard Recording Code. */
  isrc: maybe(v.string()),
  /** From the tags of the file. */
  album: maybe(v.string()),
  /** Words of the song, from the tags of the file. */
  lyrics: maybe(v.string()),
});

type Metadata = v.InferOutput<typeof trackMetadata>;
type Addition = "artworkUrl" | "isrc" | "album" | "lyrics";

/** What is known about a track; length and position in ms. */
export type WireTrackMetadata = Omit<Metadata, "isSeekable" | Addition> &
  Partial<Pick<Metadata, Addition>> & { readonly isSeekable: boolean };

const info = v.pipe(
  trackMetadata,
  v.transform(
    (fields): WireTrackMetadata => ({ ...fields, isSeekable: fields.isSeekable ?? !fields.isStream }),
  ),
);

/** An encoded track with what is known about it. */
export const trackInfo = object({ track: v.string(), info });
/** An encoded track with what is known about it. */
export type WireTrackInfo = v.InferOutput<typeof trackInfo>;

/** A playlist's name and the index of the track that was asked for. */
const playlistInfo = object({ name: orNull(v.string()), selectedTrack: orNull(finite) });
/** A playlist's name and the index of the track that was asked for. */
export interface WirePlaylistInfo {
  /** Name of the playlist. */
  readonly name: string;
  /** Index into the tracks; null when none is selected. */
  readonly selectedTrack: number | null;
}

/** The answer to a request for tracks. */
export const loadResult = object({
  loadType: v.string(),
  tracks: orNull(v.array(trackInfo)),
  /** Null where there is no playlist; nodes send an empty object then. */
  playlistInfo: v.pipe(
    orNull(playlistInfo),
    v.transform((value): WirePlaylistInfo | null =>
      value === null || value.name === null ? null : { ...value, name: value.name },
    ),
  ),
  cause: orNull(wireError),
  severity: orNull(v.string()),
});
/** The answer to a request for tracks; `loadType` and `severity` may hold texts that are new. */
export type WireLoadResult = v.InferOutput<typeof loadResult>;

/** The answer to a request to decode several tracks: in the place of one that failed stands its error. */
export const decodedTracks = v.array(v.union([trackInfo, object({ error: v.string() })]));
/** The answer to a request to decode several tracks. */
export type WireDecodedTracks = v.InferOutput<typeof decodedTracks>;
