import { blockLength, rampLength } from "../format.ts";
import type { Ramp } from "./ramp.ts";
import type { StereoFilter } from "./stereo-filter.ts";

/**
 * Filter with ramped settings, so that changing, enabling and disabling it does not click. When disabled, its
 * settings ramp to neutral values; then it is idle.
 */
export abstract class RampedFilter implements StereoFilter {
  #enabled = false;
  #remaining = 0;

  /** Ramped settings. They start at neutral values. */
  protected abstract readonly ramps: readonly Ramp[];

  get isIdle(): boolean {
    return !this.#enabled && this.#remaining === 0;
  }

  process(left: Float32Array, right: Float32Array, start: number, end: number): void {
    for (let from = start; from < end; ) {
      const length = Math.min(end - from, this.#remaining || blockLength, blockLength);
      this.processBlock(left, right, from, from + length);
      from += length;
      if (this.#remaining > 0) {
        this.#remaining -= length;
        if (this.#remaining === 0) this.#finishRamps();
      }
    }
  }

  reset(): void {
    this.#finishRamps();
    this.clearState();
  }

  /** Starts ramps to the targets of {@link ramps}. */
  protected startRamps(enabled: boolean): void {
    this.#enabled = enabled;
    if (!this.ramps.some(({ value, target }) => value !== target)) {
      this.#finishRamps();
      return;
    }
    for (const smooth of this.ramps) smooth.start();
    this.#remaining = rampLength;
  }

  /** Processes at most {@link blockLength} samples with constant ramp steps. */
  protected abstract processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void;

  /** Clears the state that depends on earlier samples. */
  protected abstract clearState(): void;

  #finishRamps(): void {
    for (const smooth of this.ramps) smooth.finish();
    this.#remaining = 0;
    if (!this.#enabled) this.clearState();
  }
}
