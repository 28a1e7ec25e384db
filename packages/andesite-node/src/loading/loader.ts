import type { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../bytes/media-location.ts";
import type { Picture } from "./pictures/picture.ts";

/** More about a track than its encoded form holds; told only to clients that ask for it. */
export interface TrackExtras {
  /** Null where the file has no tag for it. */
  readonly album: string | null;
  /** Words of the song; null where there are none. */
  readonly lyrics: string | null;
  /** Whether there is something to ask {@link Loader.readPicture} for. */
  readonly hasPicture: boolean;
}

/** A track that loading found. */
export interface LoadedTrack {
  readonly track: Track;
  readonly extras: TrackExtras;
}

/** What loading found, by the names of the protocol (`andesite-protocol`, section 13.3). */
export type Loaded =
  | { readonly loadType: "TRACK_LOADED"; readonly tracks: readonly [LoadedTrack] }
  | {
      readonly loadType: "PLAYLIST_LOADED" | "SEARCH_RESULT";
      readonly name: string;
      /** Index into the tracks; null when none is meant. */
      readonly selectedTrack: number | null;
      readonly tracks: readonly LoadedTrack[];
    }
  | { readonly loadType: "NO_MATCHES" }
  | { readonly loadType: "LOAD_FAILED"; readonly error: TrackError };

/** Finds tracks, and the bytes of tracks. */
export interface Loader {
  /** Names of the sources that are on, in the order in which they are asked. */
  readonly enabledSources: readonly string[];
  /** Finds what an identifier stands for, by the rules of section 13.1. Never throws. */
  load(identifier: string, signal?: AbortSignal): Promise<Loaded>;
  /**
   * Whether a track could be played here: its source exists and is on. A track of a source that is off decodes
   * to nothing, which is no error.
   */
  canPlay(track: Track): boolean;
  /**
   * Where the bytes of a track are now. Asked again each time that a track starts, because addresses expire.
   *
   * @throws TrackError where it has none, or must not be read.
   */
  locate(track: Track, signal: AbortSignal): Promise<MediaLocation>;
  /**
   * Reads the picture of a file of the web, or of one in the music folders: there the one in it, or else the one beside
   * it. Null where there is none, or no such file.
   *
   * @param identifier - What the track is found by.
   * @throws TrackError where the node is shutting down; what the signal was aborted with.
   */
  readPicture(identifier: string, signal: AbortSignal): Promise<Picture | null>;
  /** Ends what is under way. */
  close(): Promise<void>;
}
