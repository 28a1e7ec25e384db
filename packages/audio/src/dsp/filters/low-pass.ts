import type { FilterValues } from "../filter-values.ts";
import { settled } from "./limits.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { Smooth } from "./smooth.ts";

/** Share of the difference that is taken at most. From 2 on, the recursion would swing up without end. */
const largestShare = 1.9;

/**
 * Takes away what is high (section 12.4 of the protocol): v += (x − v)/smoothing, and v is what comes out. It
 * starts at the first sample. The −3 dB point is at about −48000/2π·ln(1 − 1/smoothing) Hz: 392 Hz for 20.
 *
 * 1 passes everything, above 1 it smooths, below 1 it makes what is high louder. The formula has no steady
 * state for 0.5 and less: there it stays at the strongest setting that has one, and lets everything pass from
 * 0 on down.
 */
export class LowPass extends RampedFilter {
  /** What part of the difference to the sample is taken; with 1 everything passes. */
  readonly #share = new Smooth(1);
  protected readonly smooths = [this.#share];
  #left = 0;
  #right = 0;
  #fresh = true;

  /** Takes up settings. */
  configure({ smoothing }: FilterValues["lowpass"], enabled: boolean): void {
    this.#share.target = enabled && smoothing > 0 ? Math.min(1 / smoothing, largestShare) : 1;
    this.approach(enabled);
  }

  protected run(left: Float32Array, right: Float32Array, start: number, end: number): void {
    if (this.#fresh) {
      this.#left = left[start] as number;
      this.#right = right[start] as number;
      this.#fresh = false;
    }
    const { step } = this.#share;
    let share = this.#share.value;
    let l = this.#left;
    let r = this.#right;
    for (let index = start; index < end; index++) {
      share += step;
      l += ((left[index] as number) - l) * share;
      r += ((right[index] as number) - r) * share;
      left[index] = l;
      right[index] = r;
    }
    this.#share.value = share;
    this.#left = settled(l);
    this.#right = settled(r);
  }

  protected forget(): void {
    this.#fresh = true;
  }
}
