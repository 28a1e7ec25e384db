import type { Clock } from "@asterite/util";

/** Position in a track: set from the reports of the node, and extrapolated by the clock in between. */
export class PlaybackPosition {
  readonly #clock: Clock;
  #baseMs = 0;
  #setAtMs: number;
  #isAdvancing = false;
  #speed = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#setAtMs = clock.now();
  }

  /** Current position in ms. */
  get ms(): number {
    const passedMs = this.#isAdvancing ? (this.#clock.now() - this.#setAtMs) * this.#speed : 0;
    return Math.max(0, Math.round(this.#baseMs + passedMs));
  }

  /** Speed relative to the clock. */
  get speed(): number {
    return this.#speed;
  }

  /** Sets the current position in ms. */
  set(ms: number): void {
    this.#baseMs = ms;
    this.#setAtMs = this.#clock.now();
  }

  /** Starts or stops the extrapolation at the current position. */
  run(isAdvancing: boolean, speed = this.#speed): void {
    this.set(this.ms);
    this.#isAdvancing = isAdvancing;
    this.#speed = speed;
  }
}
