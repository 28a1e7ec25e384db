import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@asterite/util";
import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";

export { type Clock, systemClock } from "@asterite/util";

/** A timer of a {@link FakeClock}. */
export interface FakeTimer {
  /** Due time, in the milliseconds of its clock. */
  readonly dueMs: number;
  /** Cancels the timer, as `clearTimeout` does. */
  cancel(): void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #timers = new Map<unknown, { readonly dueMs: number; readonly callback: () => void }>();
  #nowMs: number;
  #advancing = false;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /**
   * Starts a timer. A delay below 0 counts as 0.
   *
   * @throws TestkitError `BAD_OPTION` for a delay that is not a number or that Node would turn into 1 ms,
   *   since code that passes it is wrong on the real clock.
   */
  setTimeout(callback: () => void, delayMs: number): FakeTimer {
    checkRange("delayMs", delayMs, Number.NEGATIVE_INFINITY, maxDelayMs);
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    const timer: FakeTimer = { dueMs, cancel: () => this.clearTimeout(timer) };
    this.#timers.set(timer, { dueMs, callback });
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle);
  }

  /** Number of pending timers. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves the time forward and runs the timers that become due: earlier ones first, those of one moment in
   * the order of their creation, including timers that callbacks start. Promise chains settle before the
   * first timer, between any two and after the last. An error from a timer rejects, with the clock at that
   * timer's time.
   */
  async advance(ms: number): Promise<void> {
    checkRange("ms", ms, 0, Number.MAX_SAFE_INTEGER);
    if (this.#advancing) throw new TestkitError("BAD_OPTION", "advance: the clock is already advancing");
    this.#advancing = true;
    try {
      const endMs = this.#nowMs + ms;
      await nextTurn();
      for (let handle = this.#next(endMs); handle; handle = this.#next(endMs)) {
        const timer = this.#timers.get(handle);
        this.#timers.delete(handle);
        this.#nowMs = timer?.dueMs ?? this.#nowMs;
        timer?.callback();
        // A turn of the event loop begins only when no microtask is left, however long the chains are.
        await nextTurn();
      }
      this.#nowMs = endMs;
    } finally {
      this.#advancing = false;
    }
  }

  #next(endMs: number): unknown {
    let next: unknown;
    let nextMs = Number.POSITIVE_INFINITY;
    // A map iterates in the order of creation, so the first of several at one moment stays.
    for (const [handle, { dueMs }] of this.#timers) {
      if (dueMs <= endMs && dueMs < nextMs) [next, nextMs] = [handle, dueMs];
    }
    return next;
  }
}
