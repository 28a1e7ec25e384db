import type { Timers } from "./timers.ts";

/** Reason of a {@link LeaveEvent}: nothing was audible, or there was no listener, for the given time. */
export type LeaveReason = "idle" | "alone";

/** Times after which a bot should leave. */
export interface LeaveTimes {
  /**
   * Time without sound, because the queue is empty, halted or paused, after which a `LeaveEvent` is emitted,
   * in seconds, 0 or more. Default: never.
   */
  readonly leaveAfterIdleSeconds?: number | undefined;
  /**
   * Time without listeners, by `setListenerCount`, after which a `LeaveEvent` is emitted, in seconds, 0 or
   * more. Default: never.
   */
  readonly leaveAfterAloneSeconds?: number | undefined;
}

/** Measures for how long a queue has been idle, and for how long it has had no listeners. */
export class LeaveTimer {
  readonly #times: Readonly<Record<LeaveReason, number | undefined>>;
  readonly #timers: Timers<LeaveReason>;
  readonly #onLeave: (reason: LeaveReason) => void;
  readonly #active: Record<LeaveReason, boolean> = { idle: false, alone: false };

  constructor(times: LeaveTimes, timers: Timers<LeaveReason>, onLeave: (reason: LeaveReason) => void) {
    this.#times = { idle: times.leaveAfterIdleSeconds, alone: times.leaveAfterAloneSeconds };
    this.#timers = timers;
    this.#onLeave = onLeave;
  }

  /** Starts or ends the measurement of a reason. Has no effect if it goes on, or after it has fired. */
  set(reason: LeaveReason, isActive: boolean): void {
    const seconds = this.#times[reason];
    if (seconds === undefined || this.#active[reason] === isActive) return;
    this.#active[reason] = isActive;
    if (isActive) this.#timers.set(reason, 1_000 * seconds, () => this.#onLeave(reason));
    else this.#timers.clear(reason);
  }

  /** Ends all measurements. */
  close(): void {
    this.#timers.clearAll();
  }
}
