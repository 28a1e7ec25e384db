import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { Loaded } from "../loader.ts";

/** One of the places that tracks come from. */
export interface TrackSource {
  /** Its name in the configuration. */
  readonly name: string;
  /**
   * Loads an identifier; null where it is none of this source's, so that the next one is asked.
   *
   * @throws TrackError; what the signal was aborted with.
   */
  load(identifier: string, signal: AbortSignal): Promise<Loaded | null>;
  /** Whether a track is one of this source's. */
  owns(track: Track): boolean;
  /**
   * Where the bytes of one of its tracks are now.
   *
   * @throws TrackError where it has none, or must not be read.
   */
  locate(track: Track, signal: AbortSignal): Promise<MediaLocation>;
}
