import type { Clock } from "@asterite/andesite";

/** Where a track is: told now and then, and counted on in between. */
export class PlaybackPosition {
  readonly #clock: Clock;
  #baseMs = 0;
  #atMs: number;
  #moving = false;
  #speed = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMs = clock.now();
  }

  /** ms. */
  get ms(): number {
    const passedMs = this.#moving ? (this.#clock.now() - this.#atMs) * this.#speed : 0;
    return Math.max(0, Math.round(this.#baseMs + passedMs));
  }

  /** How much faster than the clock it moves. */
  get speed(): number {
    return this.#speed;
  }

  /** Notes where it is. */
  set(ms: number): void {
    this.#baseMs = ms;
    this.#atMs = this.#clock.now();
  }

  /** Lets it move or stand, from where it is. */
  run(moving: boolean, speed = this.#speed): void {
    this.set(this.ms);
    this.#moving = moving;
    this.#speed = speed;
  }
}
