import type { Track } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { Loaded } from "../loader.ts";

/** A source of tracks. */
export interface TrackSource {
  /** Name in the configuration. */
  readonly name: string;
  /** Whether identifiers of this source may be searches. */
  readonly searches: boolean;
  /**
   * Loads an identifier. Returns null if it does not belong to this source; the next source is tried then.
   *
   * @throws TrackError; the signal's reason when it aborts.
   */
  load(identifier: string, signal: AbortSignal): Promise<Loaded | null>;
  /** Returns whether a track belongs to this source. */
  owns(track: Track): boolean;
  /**
   * Returns the current location of the bytes of a track.
   *
   * @throws TrackError when the track has no location, or it must not be read.
   */
  locate(track: Track, signal: AbortSignal): Promise<MediaLocation>;
}
