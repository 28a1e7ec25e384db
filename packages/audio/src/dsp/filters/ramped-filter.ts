import { blockLength, rampLength } from "../format.ts";
import type { Smooth } from "./smooth.ts";
import type { StereoFilter } from "./stereo-filter.ts";

/**
 * A filter whose settings move instead of jumping, so that changing them and switching it on and off cannot be
 * heard as a click. Switched off, its settings go to where the filter changes nothing; there it is idle.
 */
export abstract class RampedFilter implements StereoFilter {
  #enabled = false;
  #remaining = 0;

  /** The settings that move. They begin where the filter changes nothing. */
  protected abstract readonly smooths: readonly Smooth[];

  get idle(): boolean {
    return !this.#enabled && this.#remaining === 0;
  }

  process(left: Float32Array, right: Float32Array, start: number, end: number): void {
    for (let from = start; from < end; ) {
      const length = Math.min(end - from, this.#remaining || blockLength, blockLength);
      this.run(left, right, from, from + length);
      from += length;
      if (this.#remaining > 0) {
        this.#remaining -= length;
        if (this.#remaining === 0) this.#arrive();
      }
    }
  }

  reset(): void {
    this.#arrive();
    this.forget();
  }

  /** Sets out for the targets of {@link smooths}. */
  protected approach(enabled: boolean): void {
    this.#enabled = enabled;
    if (!this.smooths.some(({ value, target }) => value !== target)) {
      this.#arrive();
      return;
    }
    for (const smooth of this.smooths) smooth.start();
    this.#remaining = rampLength;
  }

  /** Works on at most {@link blockLength} samples, during which no step changes. */
  protected abstract run(left: Float32Array, right: Float32Array, start: number, end: number): void;

  /** Forgets the samples that went before. */
  protected abstract forget(): void;

  #arrive(): void {
    for (const smooth of this.smooths) smooth.arrive();
    this.#remaining = 0;
    if (!this.#enabled) this.forget();
  }
}
