import * as v from "valibot";
import { wireError } from "./errors.ts";
import { count, type FieldsOut, finite, flag, orNull } from "./schema.ts";

/** Why a track ended. */
export const TrackEndReason = Object.freeze({
  /** Its natural end, its end marker, or an error after some audio. */
  FINISHED: "FINISHED",
  /** An error before any audio. */
  LOAD_FAILED: "LOAD_FAILED",
  STOPPED: "STOPPED",
  REPLACED: "REPLACED",
  /** The node removed an idle player. */
  CLEANUP: "CLEANUP",
});
/** Why a track ended. */
export type TrackEndReason = keyof typeof TrackEndReason;

/** Whether a bot may start the next track after one that ended for a reason. */
export const mayStartNext = (reason: string): boolean => reason === "FINISHED" || reason === "LOAD_FAILED";

const track = v.string();

/** The fields of every event beside `op`, `type`, `userId` and `guildId`. */
export const events = {
  TrackStartEvent: { track },
  TrackEndEvent: { track, reason: v.string(), mayStartNext: v.nullish(v.boolean()) },
  /** `error` is the message of `exception`, which is in its short form; older nodes send only the former. */
  TrackExceptionEvent: { track, error: orNull(v.string()), exception: orNull(wireError) },
  /** No audio for longer than the threshold, in ms. */
  TrackStuckEvent: { track, thresholdMs: count },
  /** The connection to Discord's voice gateway closed. */
  WebSocketClosedEvent: { reason: orNull(v.string()), code: finite, byRemote: flag },
  /** `cleanup` is true when the node removed an idle player. */
  PlayerDestroyedEvent: { cleanup: flag },
} as const;

/** Type of an event, as it travels in `type`. */
export type EventName = keyof typeof events;

/** Whether a text is the type of an event of the protocol. */
export const isEventName = (name: string): name is EventName => Object.hasOwn(events, name);

/** The fields of an event after validation. */
export type EventFields<Name extends EventName> = FieldsOut<(typeof events)[Name]>;
