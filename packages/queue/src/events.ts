import type { QueueEntry } from "./entry.ts";
import type { LeaveReason } from "./leave-timer.ts";

/** Reason why an entry ended. */
export type EntryEndReason =
  /** Played to its end. */
  | "finished"
  /** Replaced by another entry on request. */
  | "skipped"
  /** Playback was stopped. */
  | "stopped"
  /** Could not be played. */
  | "failed";

/** Code of an {@link EntryFailure}. */
export type EntryFailureCode =
  /** The encoded track is damaged; it was not sent to the node. */
  | "TRACK_MALFORMED"
  /** The node did not accept the track, for example because its source is disabled. */
  | "TRACK_REJECTED"
  /** The node could not open or decode the track. */
  | "LOAD_FAILED"
  /** Playback broke off, or a looped track ended as soon as it had started. */
  | "PLAYBACK_FAILED"
  /** The node got no more audio from the source. */
  | "TRACK_STUCK"
  /** The node did not report the start of the track in time. */
  | "START_TIMED_OUT"
  /** The node lost its player repeatedly during this track. */
  | "PLAYER_LOST";

/** Reason why an entry could not be played. */
export interface EntryFailure {
  /** Stable code, for programs. */
  readonly code: EntryFailureCode;
  /** Description in words, with the error that the node reported. Untrusted: sanitize it before displaying it. */
  readonly message: string;
}

/** Emitted when an entry becomes audible. */
export class EntryStartEvent<Data = unknown> {
  /** Entry that plays. */
  readonly entry: QueueEntry<Data>;
  /** Whether it had started before: true after a failure, or after a restart of the node or the bot. */
  readonly isResumed: boolean;

  constructor(entry: QueueEntry<Data>, isResumed: boolean) {
    this.entry = entry;
    this.isResumed = isResumed;
  }
}

/** Emitted when an entry has ended, after the queue has advanced to the next one. */
export class EntryEndEvent<Data = unknown> {
  /** Entry that played. */
  readonly entry: QueueEntry<Data>;
  /** Reason of the end. */
  readonly reason: EntryEndReason;
  /** Reason of the failure; null unless `reason` is `failed`. */
  readonly failure: EntryFailure | null;

  constructor(entry: QueueEntry<Data>, reason: EntryEndReason, failure: EntryFailure | null = null) {
    this.entry = entry;
    this.reason = reason;
    this.failure = failure;
  }

  /** Message of {@link failure}; null for none. */
  get error(): string | null {
    return this.failure?.message ?? null;
  }
}

/** Emitted when order, loop mode, pause, volume or filters change, or the position other than by playing. */
export class QueueChangeEvent {}

/** Emitted when the queue has run out of entries, and `autoplay` has returned none. */
export class QueueIdleEvent {}

/** Emitted when too many entries in a row failed; playback stops until a user adds, skips or resumes. */
export class QueueHaltEvent {
  /** Number of entries that failed in a row. */
  readonly failures: number;

  constructor(failures: number) {
    this.failures = failures;
  }
}

/**
 * Emitted when a message could not be sent to the node. The queue continues as if it had been sent. Without a listener
 * the error is a warning of the platform.
 */
export class NodeErrorEvent {
  /** Reason of the rejected send. */
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/**
 * Emitted when the bot should leave the call: after `leaveAfterIdleSeconds` without sound, or
 * `leaveAfterAloneSeconds` without listeners. Playback is not changed; `close({ destroy: true })` ends it.
 */
export class LeaveEvent {
  /** Reason to leave. */
  readonly reason: LeaveReason;

  constructor(reason: LeaveReason) {
    this.reason = reason;
  }
}

/** Emitted when the queue has run out of entries and `autoplay` is called. */
export class AutoplayEvent<Data = unknown> {
  /** Entry that ended. */
  readonly last: QueueEntry<Data>;

  constructor(last: QueueEntry<Data>) {
    this.last = last;
  }
}

/** Any event of a {@link QueuePlayer}. */
export type QueueEvent<Data = unknown> =
  | EntryStartEvent<Data>
  | EntryEndEvent<Data>
  | QueueChangeEvent
  | QueueIdleEvent
  | QueueHaltEvent
  | AutoplayEvent<Data>
  | LeaveEvent
  | NodeErrorEvent;
