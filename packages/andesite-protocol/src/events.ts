import type { FieldsOut } from "@asterite/util/schema";
import { wireError } from "./errors.ts";
import { boolean, count, finite, flag, maybe, nullableString, orNull, string } from "./schema.ts";

/** Reasons why a track ended. */
export const TrackEndReason = /* @__PURE__ */ Object.freeze({
  /** The track reached its end or its end marker, or failed after it had provided audio. */
  FINISHED: "FINISHED",
  /** The track failed before it provided audio. */
  LOAD_FAILED: "LOAD_FAILED",
  STOPPED: "STOPPED",
  REPLACED: "REPLACED",
  /** The node removed the idle player. */
  CLEANUP: "CLEANUP",
});
/** Reason why a track ended. */
export type TrackEndReason = keyof typeof TrackEndReason;

/** Returns whether a bot may start the next track after an end for this reason. */
export const mayStartNext = (reason: string): boolean => reason === "FINISHED" || reason === "LOAD_FAILED";

const track = string;

/** Schemas of the fields of each event, besides `op`, `type`, `userId` and `guildId`. */
export const events = {
  TrackStartEvent: { track },
  TrackEndEvent: { track, reason: string, mayStartNext: maybe(boolean) },
  /** `error` is the message of `exception`, which has the short form. Older nodes send only `error`. */
  TrackExceptionEvent: { track, error: nullableString, exception: orNull(wireError) },
  /** Sent when a track provides no audio for longer than the threshold, in ms. */
  TrackStuckEvent: { track, thresholdMs: count },
  /** Sent when the connection to Discord's voice gateway closed. */
  WebSocketClosedEvent: { reason: nullableString, code: finite, byRemote: flag },
  /** `cleanup` is true when the node removed an idle player. */
  PlayerDestroyedEvent: { cleanup: flag },
  /**
   * Extension, only for connections that negotiated `operation-failed`: the node refused an operation of this
   * connection. `error` is the message of `exception`, which has the short form; `track` is that of a `play`.
   */
  OperationFailedEvent: {
    operation: string,
    track: nullableString,
    error: nullableString,
    exception: orNull(wireError),
  },
  /** Extension, only for connections that negotiated `track-titles`: a station announced what it plays now. */
  TrackTitleEvent: { track, title: string },
} as const;

/** Type of an event on the wire, in the field `type`. */
export type EventName = keyof typeof events;

/** Returns whether a string is the type of a known event. */
export const isEventName = (name: string): name is EventName => Object.hasOwn(events, name);

/** Fields of an event after validation. */
export type EventFields<Name extends EventName> = FieldsOut<(typeof events)[Name]>;
