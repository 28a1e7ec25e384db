import type { Track } from "@asterite/lavaplayer-track";
import type { Loaded } from "../loading/loader.ts";

/** Serializes tracks and load results to JSON. */
export interface TrackSerializer {
  /** Returns the track info of section 7.4 of the protocol. */
  serializeTrack(track: Track): unknown;
  /**
   * Returns the load result of section 13.3 of the protocol.
   *
   * @param isExtended - Whether the client requested metadata beyond the nine fields of the protocol.
   */
  serializeLoadResult(loaded: Loaded, isExtended: boolean): object;
}
