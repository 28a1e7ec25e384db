import type { OutputOf } from "@asterite/util/schema";
import { wireFilters } from "./filter-reading.ts";
import { count, finite, flag, lenient, milliseconds, object, orDefault, orNull, recordOf } from "./schema.ts";

const basePlayer = {
  /** Time by the node's clock, in ms since 1970; a number or a decimal string. */
  time: orNull(milliseconds),
  /** Position in ms; null or absent when no track is loaded. */
  position: orNull(milliseconds),
  paused: flag,
  /** Volume in percent. */
  volume: orDefault(finite, () => 100),
  filters: wireFilters,
  /** Audio frames of the last minute. */
  frame: lenient({ loss: count, success: count, usable: flag }),
};

/** Schema of a mixer player. */
export const mixerPlayer = object(basePlayer);
/** A mixer player; position in ms, volume in percent. */
export type WireMixerPlayer = OutputOf<typeof mixerPlayer>;

/** Schema of a player. */
export const player = object({
  ...basePlayer,
  /** Mixer players by their ids. */
  mixer: orDefault(recordOf(mixerPlayer), (): Record<string, WireMixerPlayer> => ({})),
  /** Whether the output of the mixer replaces that of the player. */
  mixerEnabled: flag,
  /** True only in the reply to `destroy`. */
  destroyed: flag,
});
/** A player; position in ms, volume in percent. */
export type WirePlayer = OutputOf<typeof player>;
