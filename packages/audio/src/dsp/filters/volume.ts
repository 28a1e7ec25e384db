import type { FilterValues } from "../filter-values.ts";
import { clamp } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Distance from 1 below which the filter is skipped although it is enabled. */
const deadZone = 0.02;

/**
 * Volume filter: y = clamp(volume·x), skipped within 0.02 of 1 (section 12.4 of the protocol). The player's
 * volume is a separate setting with a curve.
 */
export class Volume extends RampedFilter {
  readonly #gain = new Ramp(1);
  #level = 1;
  protected readonly ramps = [this.#gain];

  /**
   * Applies settings.
   *
   * @param level - Level to which samples are clamped. Default: full scale.
   */
  configure({ volume }: FilterValues["volume"], enabled: boolean, level = 1): void {
    this.#level = level;
    const audible = enabled && Math.abs(volume - 1) >= deadZone;
    this.#gain.target = audible ? volume : 1;
    this.startRamps(audible);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const { step } = this.#gain;
    const level = this.#level;
    let gain = this.#gain.value;
    for (let index = start; index < end; index++) {
      gain += step;
      left[index] = clamp((left[index] as number) * gain, level);
      right[index] = clamp((right[index] as number) * gain, level);
    }
    this.#gain.value = gain;
  }

  protected clearState(): void {}
}
