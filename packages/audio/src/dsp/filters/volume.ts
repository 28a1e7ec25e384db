import type { FilterValues } from "../filter-values.ts";
import { clamp } from "./limits.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { Smooth } from "./smooth.ts";

/** Nearer to 1 than this, the filter is skipped although it is enabled. */
const skipped = 0.02;

/**
 * A plain factor: y = clamp(volume·x), skipped within 0.02 of 1 (section 12.4 of the protocol). It is not the
 * volume of the player, which has a curve.
 */
export class Volume extends RampedFilter {
  readonly #gain = new Smooth(1);
  protected readonly smooths = [this.#gain];

  /** Takes up settings. */
  configure({ volume }: FilterValues["volume"], enabled: boolean): void {
    const audible = enabled && Math.abs(volume - 1) >= skipped;
    this.#gain.target = audible ? volume : 1;
    this.approach(audible);
  }

  protected run(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const { step } = this.#gain;
    let gain = this.#gain.value;
    for (let index = start; index < end; index++) {
      gain += step;
      left[index] = clamp((left[index] as number) * gain);
      right[index] = clamp((right[index] as number) * gain);
    }
    this.#gain.value = gain;
  }

  protected forget(): void {}
}
