import { type Clock, systemClock } from "../clock.ts";
import { frameMs } from "./frame.ts";

/** What {@link FrameClock} counted. */
export interface ClockCounts {
  /** Ticks that were run. */
  readonly ticks: number;
  /** Ticks that were left out because the thread stood still for too long. */
  readonly skipped: number;
  /** Ticks by lateness: index in whole ms, the last one for everything later. */
  readonly lateness: Uint32Array;
}

/** Lateness in ms from which on ticks are counted together. */
const latenessSlots = 256;
/** A thread that stood still for longer does not hurry through what was missed. */
const catchUpTicks = 10;

/**
 * Ticks every 20 ms of absolute time: the n-th tick is due n·20 ms after the first however late those before
 * it were, so that players never drift. Ticks that were missed are run at once, one after the other.
 */
export class FrameClock {
  readonly #tick: (dueMs: number) => void;
  readonly #lateness = new Uint32Array(latenessSlots);
  #ticks = 0;
  #skipped = 0;
  #dueMs = 0;
  readonly #clock: Clock;
  #timer: unknown;

  /** @param tick - Is told when this tick was due. */
  constructor(tick: (dueMs: number) => void, clock: Clock = systemClock) {
    this.#tick = tick;
    this.#clock = clock;
  }

  /** Whether it runs. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** When the next tick is due, on its clock. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Since the clock was made. */
  get counts(): ClockCounts {
    return { ticks: this.#ticks, skipped: this.#skipped, lateness: this.#lateness.slice() };
  }

  /** The first tick comes one frame later. Does nothing to a running clock. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#dueMs = this.#clock.now() + frameMs;
    this.#wait();
  }

  /** Ends the ticks; also from within one. */
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
      const missed = Math.floor(lateMs / frameMs) - catchUpTicks;
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
