import type { FilterValues } from "../filter-values.ts";
import { bounded } from "./limits.ts";
import { Oscillator } from "./oscillator.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { Smooth } from "./smooth.ts";

/**
 * Moves the sound round the listener (section 12.4 of the protocol): left·(1 + sin φ)/2 and
 * right·(1 − sin φ)/2, where φ grows by 2π·rotationHz/48000 a sample. With 0 Hz it stands still in the middle,
 * at half the volume; with a negative frequency it turns the other way.
 */
export class Rotation extends RampedFilter {
  /** 0 leaves the samples alone, 1 turns them. */
  readonly #amount = new Smooth(0);
  readonly #oscillator = new Oscillator();
  protected readonly smooths = [this.#amount];

  /** Takes up settings. */
  configure({ rotationHz }: FilterValues["rotation"], enabled: boolean): void {
    if (enabled) this.#oscillator.tune(bounded(rotationHz));
    this.#amount.target = enabled ? 1 : 0;
    this.approach(enabled);
  }

  protected run(left: Float32Array, right: Float32Array, start: number, end: number): void {
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

  protected forget(): void {
    this.#oscillator.reset();
  }
}
