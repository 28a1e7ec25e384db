import * as v from "valibot";
import { wireFilters } from "./filter-reading.ts";
import { count, finite, flag, lenient, milliseconds, object, orNull, recordOf } from "./schema.ts";

const basePlayer = {
  /** Clock of the node in ms since 1970; a number or a decimal string. */
  time: orNull(milliseconds),
  /** ms; null or absent when no track is loaded. */
  position: orNull(milliseconds),
  paused: flag,
  /** Percent. */
  volume: v.nullish(finite, 100),
  filters: wireFilters,
  /** Frames of the last minute. */
  frame: lenient({ loss: count, success: count, usable: flag }),
};

/** One player of a mixer. */
export const mixerPlayer = object(basePlayer);
/** One player of a mixer; position in ms, volume in percent. */
export type WireMixerPlayer = v.InferOutput<typeof mixerPlayer>;

/** A player. */
export const player = object({
  ...basePlayer,
  /** By id of the mixer player. */
  mixer: v.nullish(recordOf(mixerPlayer), () => ({})),
  /** Whether the mixer is what can be heard. */
  mixerEnabled: flag,
  /** Only in the reply to `destroy`. */
  destroyed: flag,
});
/** A player; position in ms, volume in percent. */
export type WirePlayer = v.InferOutput<typeof player>;
