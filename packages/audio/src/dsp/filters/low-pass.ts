import type { FilterValues } from "../filter-values.ts";
import { flushDenormal } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Maximum coefficient: at 2 and above, the recursion is unstable. */
const maxCoefficient = 1.9;

/**
 * Low-pass filter (section 12.4 of the protocol): v += (x − v)/smoothing, with v as output. It starts at the
 * first sample. The −3 dB point is at about −48000/2π·ln(1 − 1/smoothing) Hz: 392 Hz for 20.
 *
 * 1 passes the signal unchanged, values above 1 smooth it, values below 1 amplify high frequencies. The
 * formula is unstable for 0.5 and less: there the filter stays at its strongest stable setting, and passes
 * the signal unchanged from 0 downwards.
 */
export class LowPass extends RampedFilter {
  /** Coefficient of the difference between sample and output, 1/smoothing; 1 passes the signal unchanged. */
  readonly #coefficient = new Ramp(1);
  protected readonly ramps = [this.#coefficient];
  #left = 0;
  #right = 0;
  #isFresh = true;

  /** Applies settings. */
  configure({ smoothing }: FilterValues["lowpass"], enabled: boolean): void {
    this.#coefficient.target = enabled && smoothing > 0 ? Math.min(1 / smoothing, maxCoefficient) : 1;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    if (this.#isFresh) {
      this.#left = left[start] as number;
      this.#right = right[start] as number;
      this.#isFresh = false;
    }
    const { step } = this.#coefficient;
    let coefficient = this.#coefficient.value;
    let l = this.#left;
    let r = this.#right;
    for (let index = start; index < end; index++) {
      coefficient += step;
      l += ((left[index] as number) - l) * coefficient;
      r += ((right[index] as number) - r) * coefficient;
      left[index] = l;
      right[index] = r;
    }
    this.#coefficient.value = coefficient;
    this.#left = flushDenormal(l);
    this.#right = flushDenormal(r);
  }

  protected clearState(): void {
    this.#isFresh = true;
  }
}
