import type { FilterValues } from "../filter-values.ts";
import { Oscillator } from "./oscillator.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/**
 * Tremolo filter (section 12.4 of the protocol). With d = depth/2 and the phase φ, which grows by
 * 2π·frequency/48000 per sample, the gain is (1 − d) + d·sin φ: it oscillates between 1 − depth and 1.
 */
export class Tremolo extends RampedFilter {
  readonly #swing = new Ramp(0);
  readonly #oscillator = new Oscillator();
  protected readonly ramps = [this.#swing];

  /** Applies settings. */
  configure({ frequency, depth }: FilterValues["tremolo"], enabled: boolean): void {
    if (enabled) this.#oscillator.tune(frequency);
    this.#swing.target = enabled ? depth / 2 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const sines = this.#oscillator.next(end - start);
    const { step } = this.#swing;
    let swing = this.#swing.value;
    for (let index = start, at = 0; index < end; index++, at++) {
      swing += step;
      const gain = 1 - swing + swing * (sines[at] as number);
      left[index] = (left[index] as number) * gain;
      right[index] = (right[index] as number) * gain;
    }
    this.#swing.value = swing;
  }

  protected clearState(): void {
    this.#oscillator.reset();
  }
}
