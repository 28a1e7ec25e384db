import type { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../bytes/media-location.ts";
import type { Collection } from "./library/collections.ts";
import type { LibraryCatalog } from "./library/library-catalog.ts";
import type { Picture } from "./pictures/picture.ts";

/** Details that an encoded track does not contain; sent only to clients that request them. */
export interface TrackExtras {
  /** Album tag; null if the file has none. */
  readonly album: string | null;
  /** Lyrics; null if there are none. */
  readonly lyrics: string | null;
  /** Whether {@link Loader.readPicture} may find a picture. */
  readonly hasPicture: boolean;
}

/** A loaded track. */
export interface LoadedTrack {
  readonly track: Track;
  readonly extras: TrackExtras;
}

/** Result of a load, by the names of the protocol (`andesite-protocol`, section 13.3). */
export type Loaded =
  | { readonly loadType: "TRACK_LOADED"; readonly tracks: readonly [LoadedTrack] }
  | {
      readonly loadType: "PLAYLIST_LOADED" | "SEARCH_RESULT";
      readonly name: string;
      /** Index of the track that the identifier refers to; null for none. */
      readonly selectedTrack: number | null;
      readonly tracks: readonly LoadedTrack[];
      /** Number of further tracks that a limit left out; at least, if not all were counted. Default 0. */
      readonly omitted?: number;
      /** Albums, artists, folders and playlists that a search in the music folders found; there may be no tracks then. */
      readonly collections?: readonly Collection[];
    }
  | { readonly loadType: "NO_MATCHES" }
  | { readonly loadType: "LOAD_FAILED"; readonly error: TrackError };

/** Loads tracks by identifier, and locates the bytes of tracks. */
export interface Loader {
  /** Names of the enabled sources, in the order in which they are tried. */
  readonly enabledSources: readonly string[];
  /** Loads an identifier, by the rules of section 13.1. Never rejects. */
  load(identifier: string, signal?: AbortSignal): Promise<Loaded>;
  /**
   * Returns whether the source of a track exists and is enabled. Encoded tracks of other sources decode to
   * null, which is not an error.
   */
  canPlay(track: Track): boolean;
  /**
   * Returns the current location of the bytes of a track. Called at each start of a track, because URLs
   * expire.
   *
   * @throws TrackError when the track has no location, or it must not be read.
   */
  locate(track: Track, signal: AbortSignal): Promise<MediaLocation>;
  /**
   * Returns the picture of a track: the one embedded in the file, or for files in music folders the one in
   * the same folder. Null if there is none, or no such file.
   *
   * @param identifier - Identifier of the track.
   * @throws TrackError when the node is shutting down; the signal's reason when it aborts.
   */
  readPicture(identifier: string, signal: AbortSignal): Promise<Picture | null>;
  /** Albums, artists, folders, playlists and tracks in the music folders; null if they are not indexed. */
  readonly catalog: LibraryCatalog | null;
  /** Cancels all loads, and stops threads and child processes. */
  close(): Promise<void>;
}
