import type { Track } from "@asterite/lavaplayer-track";
import type { Loaded } from "../loading/loader.ts";

/** A track in JSON. */
export interface TrackJson {
  /** Encoded track. */
  readonly track: string;
  readonly info: object;
}

/** Serializes tracks and load results to JSON. */
export interface TrackSerializer {
  /** Returns the track info of section 7.4 of the protocol. */
  serializeTrack(track: Track): TrackJson;
  /**
   * Returns the load result of section 13.3 of the protocol.
   *
   * @param isExtended - Whether the client requested metadata beyond the nine fields of the protocol.
   */
  serializeLoadResult(loaded: Loaded, isExtended: boolean): object;
}
