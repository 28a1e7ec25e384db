import type { QueueEntry } from "./entry.ts";
import type { QueueEvent } from "./events.ts";
import type { Retry } from "./failure-policy.ts";
import type { PlaybackAttempt } from "./playback-attempt.ts";
import type { PlaybackState } from "./snapshot.ts";

/** Receiver of what the playback of a queue reports. */
export interface PlaybackListener<Data = unknown> {
  emit(event: QueueEvent<Data>): void;
  /**
   * The queue has run out of entries.
   *
   * @param last - Entry that ended; null if playback was stopped, or too many entries failed.
   */
  handleRunOut(last: QueueEntry<Data> | null): void;
}

/** State of the playback of a queue. */
export type PlaybackPhase<Data = unknown> =
  /** No entry is being played. */
  | { readonly type: "idle" }
  /** Restored from a snapshot; the node has been queried about the player. */
  | {
      readonly type: "resuming";
      readonly attempt: PlaybackAttempt<Data>;
      readonly saved: PlaybackState | undefined;
    }
  /**
   * The track has not started; events until then belong to the previous track. `isSent`: `play` was sent; if
   * not, the node is expected to start the track on its own. `isOverdue`: the start timeout has passed.
   */
  | {
      readonly type: "starting";
      readonly attempt: PlaybackAttempt<Data>;
      readonly isSent: boolean;
      isOverdue: boolean;
    }
  /** The track has started. */
  | { readonly type: "playing"; readonly attempt: PlaybackAttempt<Data> }
  /** The attempt failed; the next one begins after a delay, unless the track starts before. */
  | { readonly type: "retrying"; readonly attempt: PlaybackAttempt<Data>; readonly retry: Retry };
