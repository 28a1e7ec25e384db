import { type Clock, systemClock } from "../clock.ts";
import { frameMs } from "./frame.ts";

/** Counters of a {@link FrameClock}. */
export interface ClockCounts {
  /** Ticks run. */
  readonly ticks: number;
  /** Ticks skipped because the thread was blocked for too long. */
  readonly skipped: number;
  /** Histogram of lateness: index in whole ms, the last one for all above. */
  readonly lateness: Uint32Array;
}

/** Size of the histogram of lateness, in ms. */
const latenessSlots = 256;
/** Missed ticks that are caught up with; those beyond are skipped. */
const maxCatchUpTicks = 10;

/**
 * Ticks every 20 ms of absolute time: the n-th tick is due n·20 ms after the start, however late the ticks
 * before it were, so that players never drift. Missed ticks are run at once, one after the other.
 */
export class FrameClock {
  readonly #tick: (dueMs: number) => void;
  readonly #lateness = new Uint32Array(latenessSlots);
  #ticks = 0;
  #skipped = 0;
  #dueMs = 0;
  readonly #clock: Clock;
  #timer: unknown;

  /** @param tick - Called with the time at which the tick was due, in ms. */
  constructor(tick: (dueMs: number) => void, clock: Clock = systemClock) {
    this.#tick = tick;
    this.#clock = clock;
  }

  /** Whether the clock is started. */
  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** Time at which the next tick is due, in ms of the `Clock`. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Counters since the clock was created. */
  get counts(): ClockCounts {
    return { ticks: this.#ticks, skipped: this.#skipped, lateness: this.#lateness.slice() };
  }

  /** Starts the clock; the first tick is due after 20 ms. Has no effect on a running clock. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#dueMs = this.#clock.now() + frameMs;
    this.#wait();
  }

  /** Stops the clock. May be called from within a tick. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(() => this.#run(), Math.max(0, this.#dueMs - this.#clock.now()));
  }

  #run(): void {
    for (;;) {
      const lateMs = this.#clock.now() - this.#dueMs;
      if (this.#timer === undefined) return;
      if (lateMs < 0) {
        this.#wait();
        return;
      }
      const missed = Math.floor(lateMs / frameMs) - maxCatchUpTicks;
      if (missed > 0) {
        this.#skipped += missed;
        this.#dueMs += missed * frameMs;
      }
      const slot = Math.min(Math.floor(lateMs), latenessSlots - 1);
      this.#lateness[slot] = (this.#lateness[slot] ?? 0) + 1;
      this.#ticks++;
      const dueMs = this.#dueMs;
      this.#dueMs += frameMs;
      this.#tick(dueMs);
    }
  }
}
