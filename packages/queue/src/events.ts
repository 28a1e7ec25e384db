import type { QueueEntry } from "./entry.ts";

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

/** Emitted when an entry becomes audible. */
export class EntryStartEvent {
  /** Entry that plays. */
  readonly entry: QueueEntry;
  /** Whether it had started before: true after a failure, or after a restart of the node or the bot. */
  readonly isResumed: boolean;

  constructor(entry: QueueEntry, isResumed: boolean) {
    this.entry = entry;
    this.isResumed = isResumed;
  }
}

/** Emitted when an entry has ended. */
export class EntryEndEvent {
  /** Entry that played. */
  readonly entry: QueueEntry;
  /** Reason of the end. */
  readonly reason: EntryEndReason;
  /** Error reported by the node, for logs; null unless the reason is `failed`. */
  readonly error: string | null;

  constructor(entry: QueueEntry, reason: EntryEndReason, error: string | null = null) {
    this.entry = entry;
    this.reason = reason;
    this.error = error;
  }
}

/** Emitted when order, loop mode, pause, volume or filters change, or the position other than by playing. */
export class QueueChangeEvent {}

/** Emitted when the queue has run out of entries. */
export class QueueIdleEvent {}

/** Emitted when too many entries in a row failed; playback stops until a user adds, skips or resumes. */
export class QueueHaltEvent {
  /** Number of entries that failed in a row. */
  readonly failures: number;

  constructor(failures: number) {
    this.failures = failures;
  }
}

/** Emitted when a message could not be sent to the node. The queue continues as if it had been sent. */
export class NodeErrorEvent {
  /** Reason of the rejected send. */
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Any event of a {@link QueuePlayer}. */
export type QueueEvent =
  | EntryStartEvent
  | EntryEndEvent
  | QueueChangeEvent
  | QueueIdleEvent
  | QueueHaltEvent
  | NodeErrorEvent;
