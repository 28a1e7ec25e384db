import type { OutputOf } from "@asterite/util/schema";
import { wireError } from "./errors.ts";
import {
  array,
  boolean,
  converted,
  count,
  either,
  flag,
  knownMilliseconds,
  maybe,
  nullableNumber,
  nullableString,
  object,
  optionalString,
  orNull,
  string,
  text,
} from "./schema.ts";

/** Results of loading tracks. */
export const LoadType = /* @__PURE__ */ Object.freeze({
  TRACK_LOADED: "TRACK_LOADED",
  SEARCH_RESULT: "SEARCH_RESULT",
  PLAYLIST_LOADED: "PLAYLIST_LOADED",
  NO_MATCHES: "NO_MATCHES",
  LOAD_FAILED: "LOAD_FAILED",
});
/** Result of loading tracks. */
export type LoadType = keyof typeof LoadType;

/**
 * Severity of a loading error: expected, probably the fault of an external service, probably a bug of the
 * node.
 */
export const Severity = /* @__PURE__ */ Object.freeze({
  COMMON: "COMMON",
  SUSPICIOUS: "SUSPICIOUS",
  FAULT: "FAULT",
});
/** Severity of a loading error. */
export type Severity = keyof typeof Severity;

/** Author of tracks whose source has none. */
export const unknownArtist = "Unknown artist";

/** Schema of the metadata of a track. */
const trackMetadata = object({
  /** Java class of the track; opaque. */
  class: text,
  title: text,
  author: text,
  /** Length in ms; null when unknown and for streams. */
  length: knownMilliseconds,
  identifier: text,
  uri: nullableString,
  isStream: flag,
  isSeekable: maybe(boolean),
  /** Start position in ms, from the encoded track. */
  position: count,
  // Extension: the fields below are only in responses of `loadtracks?extended=true`.
  /** URL or path of the artwork. */
  artworkUrl: optionalString,
  /** International Standard Recording Code. */
  isrc: optionalString,
  /** Album, from the tags of the file. */
  album: optionalString,
  /** Lyrics, from the tags of the file. */
  lyrics: optionalString,
});

type Metadata = OutputOf<typeof trackMetadata>;
type ExtendedField = "artworkUrl" | "isrc" | "album" | "lyrics";

/** Metadata of a track; length and position in ms. */
export type WireTrackMetadata = Omit<Metadata, "isSeekable" | ExtendedField> &
  Partial<Pick<Metadata, ExtendedField>> & { readonly isSeekable: boolean };

const info = converted(
  trackMetadata,
  (fields): WireTrackMetadata => ({ ...fields, isSeekable: fields.isSeekable ?? !fields.isStream }),
);

/** Schema of an encoded track with its metadata. */
export const trackInfo = object({ track: string, info });
/** An encoded track with its metadata. */
export type WireTrackInfo = OutputOf<typeof trackInfo>;

/** Schema of name and selected track of a playlist. */
const playlistInfo = object({
  name: nullableString,
  selectedTrack: nullableNumber,
  // Extension: only in responses of `loadtracks?extended=true`, for a playlist that the node has cut short.
  omitted: maybe(count),
});
/** Name and selected track of a playlist. */
export interface WirePlaylistInfo {
  /** Name of the playlist. */
  readonly name: string;
  /** Index into the tracks; null when none is selected. */
  readonly selectedTrack: number | null;
  /** Number of further tracks, which a limit of the node left out; not sent for none. */
  readonly omitted?: number | undefined;
}

/** Schema of tracks in the music folders of a node that belong together. */
const collection = object({
  /** `album`, `artist`, `folder` or `playlist`. */
  kind: string,
  name: text,
  /** Artist of an album; null for several artists and for other kinds. */
  artist: nullableString,
  /** Number of tracks; null when unknown. */
  trackCount: nullableNumber,
  /** Identifier that loads the tracks. */
  identifier: string,
  /** URL or path of a picture, which may not exist; null for none. */
  artworkUrl: nullableString,
});
/** An album, all tracks of an artist, a folder or a playlist in the music folders of a node. */
export type WireCollection = OutputOf<typeof collection>;

/** Schema of the response of `loadtracks`. */
export const loadResult = object({
  loadType: string,
  tracks: orNull(array(trackInfo)),
  /** Null without a playlist; nodes send an empty object then. */
  playlistInfo: converted(orNull(playlistInfo), (value): WirePlaylistInfo | null =>
    value === null || value.name === null ? null : { ...value, name: value.name },
  ),
  cause: orNull(wireError),
  severity: nullableString,
  // Extension: only in responses of `loadtracks?extended=true` to a search in the music folders.
  collections: maybe(array(collection)),
});
/** Response of `loadtracks`. Newer nodes may send other values of `loadType` and `severity`. */
export type WireLoadResult = OutputOf<typeof loadResult>;

/** Schema of the response of `decodetracks`. A track that cannot be decoded is replaced by its error. */
export const decodedTracks = array(either(trackInfo, object({ error: string })));
/** Response of `decodetracks`. */
export type WireDecodedTracks = OutputOf<typeof decodedTracks>;
