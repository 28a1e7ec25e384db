import type { FilterValues } from "../filter-values.ts";
import { limitSetting } from "./limits.ts";
import { Oscillator } from "./oscillator.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/**
 * Rotation filter (section 12.4 of the protocol): left·(1 + sin φ)/2 and right·(1 − sin φ)/2, where φ grows
 * by 2π·rotationHz/48000 per sample. At 0 Hz the sound stays in the middle at half the volume; a negative
 * frequency reverses the direction.
 */
export class Rotation extends RampedFilter {
  /** 0 passes the samples unchanged, 1 is the full effect. */
  readonly #amount = new Ramp(0);
  readonly #oscillator = new Oscillator();
  protected readonly ramps = [this.#amount];

  /** Applies settings. */
  configure({ rotationHz }: FilterValues["rotation"], enabled: boolean): void {
    if (enabled) this.#oscillator.tune(limitSetting(rotationHz));
    this.#amount.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const sines = this.#oscillator.next(end - start);
    const { step } = this.#amount;
    let amount = this.#amount.value;
    for (let index = start, at = 0; index < end; index++, at++) {
      amount += step;
      const sine = sines[at] as number;
      left[index] = (left[index] as number) * (1 - amount * (0.5 - 0.5 * sine));
      right[index] = (right[index] as number) * (1 - amount * (0.5 + 0.5 * sine));
    }
    this.#amount.value = amount;
  }

  protected clearState(): void {
    this.#oscillator.reset();
  }
}
