import type { QueueEntry } from "./entry.ts";

/** How an entry came to its end. */
export type EntryEndReason =
  /** It was played to its end. */
  | "finished"
  /** Somebody wanted something else. */
  | "skipped"
  /** Everything was stopped. */
  | "stopped"
  /** It could not be played. */
  | "failed";

/** An entry can be heard from now on. */
export class EntryStartEvent {
  /** What plays. */
  readonly entry: QueueEntry;
  /** Whether it was under way before: after a failure, or after a restart of the node or the bot. */
  readonly isResumed: boolean;

  constructor(entry: QueueEntry, isResumed: boolean) {
    this.entry = entry;
    this.isResumed = isResumed;
  }
}

/** An entry is over. */
export class EntryEndEvent {
  /** What played. */
  readonly entry: QueueEntry;
  /** Why it ended. */
  readonly reason: EntryEndReason;
  /** What the node said about a failure, for logs; null otherwise. */
  readonly error: string | null;

  constructor(entry: QueueEntry, reason: EntryEndReason, error: string | null = null) {
    this.entry = entry;
    this.reason = reason;
    this.error = error;
  }
}

/** Order, loop, position, pause, volume or filters changed other than by the passing of time. */
export class QueueChangeEvent {}

/** Nothing is left to be played. */
export class QueueIdleEvent {}

/** Too many entries in a row could not be played: the rest waits until somebody adds, skips or resumes. */
export class QueueHaltEvent {
  /** How many failed in a row. */
  readonly failures: number;

  constructor(failures: number) {
    this.failures = failures;
  }
}

/** A message could not be sent to the node. The queue goes on as if it had been; the next one may get through. */
export class NodeErrorEvent {
  /** What sending rejected with. */
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Everything that a {@link QueuePlayer} tells. */
export type QueueEvent =
  | EntryStartEvent
  | EntryEndEvent
  | QueueChangeEvent
  | QueueIdleEvent
  | QueueHaltEvent
  | NodeErrorEvent;
