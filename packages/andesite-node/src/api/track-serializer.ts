import type { Track } from "@asterite/lavaplayer-track";
import type { Loaded } from "../loading/loader.ts";

/** How tracks and what loading found are written in JSON. */
export interface TrackSerializer {
  /** Track info of section 7.4 of the protocol. */
  serializeTrack(track: Track): unknown;
  /**
   * Load result of section 13.3 of the protocol.
   *
   * @param isExtended - Whether the client asked for facts beyond the nine of the protocol.
   */
  serializeLoadResult(loaded: Loaded, isExtended: boolean): object;
}
