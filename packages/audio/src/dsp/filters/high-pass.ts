import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { flushDenormal } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Reciprocal of the quality of a Butterworth section. */
const damping = Math.SQRT2;

/**
 * High-pass effect: Butterworth filter of second order, 3 dB down at its frequency and 12 dB per octave below, as a state
 * variable filter (trapezoidal integrators), which stays stable while its frequency changes. With g =
 * tan(π·frequency/48000): h = (x − (g + √2)·s1 − s2)/(1 + √2·g + g²), b = g·h + s1, s1 = g·h + b, l = g·b + s2, s2 = g·b + l.
 */
export class HighPass extends RampedFilter {
  /** 0 passes the samples unchanged, 1 is the full effect. */
  readonly #amount = new Ramp(0);
  readonly #g = new Ramp(0);
  protected readonly ramps = [this.#amount, this.#g];
  #left1 = 0;
  #left2 = 0;
  #right1 = 0;
  #right2 = 0;

  /** Applies settings. */
  configure({ frequency }: FilterValues["highpass"], enabled: boolean): void {
    if (enabled) {
      this.#g.target = Math.tan((Math.PI * frequency) / sampleRate);
      if (this.isIdle) this.#g.finish();
    }
    this.#amount.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const { step: stepAmount } = this.#amount;
    const { step: stepG } = this.#g;
    let amount = this.#amount.value;
    let g = this.#g.value;
    let left1 = this.#left1;
    let left2 = this.#left2;
    let right1 = this.#right1;
    let right2 = this.#right2;
    for (let index = start; index < end; index++) {
      amount += stepAmount;
      g += stepG;
      const l = left[index] as number;
      const r = right[index] as number;
      const share = 1 / (1 + g * (g + damping));
      const highLeft = (l - (g + damping) * left1 - left2) * share;
      const highRight = (r - (g + damping) * right1 - right2) * share;
      const bandLeft = g * highLeft + left1;
      const bandRight = g * highRight + right1;
      left1 = g * highLeft + bandLeft;
      right1 = g * highRight + bandRight;
      left2 += 2 * g * bandLeft;
      right2 += 2 * g * bandRight;
      left[index] = l + amount * (highLeft - l);
      right[index] = r + amount * (highRight - r);
    }
    this.#amount.value = amount;
    this.#g.value = g;
    this.#left1 = flushDenormal(left1);
    this.#left2 = flushDenormal(left2);
    this.#right1 = flushDenormal(right1);
    this.#right2 = flushDenormal(right2);
  }

  protected clearState(): void {
    this.#left1 = 0;
    this.#left2 = 0;
    this.#right1 = 0;
    this.#right2 = 0;
  }
}
