import type { FilterValues } from "../filter-values.ts";
import { bounded, clamp } from "./limits.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { Smooth } from "./smooth.ts";

/**
 * Mixes the channels (section 12.4 of the protocol): left = clamp(leftToLeft·l + rightToLeft·r) and
 * right = clamp(leftToRight·l + rightToRight·r).
 */
export class ChannelMix extends RampedFilter {
  readonly #leftToLeft = new Smooth(1);
  readonly #leftToRight = new Smooth(0);
  readonly #rightToLeft = new Smooth(0);
  readonly #rightToRight = new Smooth(1);
  protected readonly smooths = [this.#leftToLeft, this.#leftToRight, this.#rightToLeft, this.#rightToRight];

  /** Takes up settings. */
  configure(settings: FilterValues["channelmix"], enabled: boolean): void {
    this.#leftToLeft.target = enabled ? bounded(settings.leftToLeft) : 1;
    this.#leftToRight.target = enabled ? bounded(settings.leftToRight) : 0;
    this.#rightToLeft.target = enabled ? bounded(settings.rightToLeft) : 0;
    this.#rightToRight.target = enabled ? bounded(settings.rightToRight) : 1;
    this.approach(enabled);
  }

  protected run(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const stepLeftToLeft = this.#leftToLeft.step;
    const stepLeftToRight = this.#leftToRight.step;
    const stepRightToLeft = this.#rightToLeft.step;
    const stepRightToRight = this.#rightToRight.step;
    let leftToLeft = this.#leftToLeft.value;
    let leftToRight = this.#leftToRight.value;
    let rightToLeft = this.#rightToLeft.value;
    let rightToRight = this.#rightToRight.value;
    for (let index = start; index < end; index++) {
      leftToLeft += stepLeftToLeft;
      leftToRight += stepLeftToRight;
      rightToLeft += stepRightToLeft;
      rightToRight += stepRightToRight;
      const l = left[index] as number;
      const r = right[index] as number;
      left[index] = clamp(leftToLeft * l + rightToLeft * r);
      right[index] = clamp(leftToRight * l + rightToRight * r);
    }
    this.#leftToLeft.value = leftToLeft;
    this.#leftToRight.value = leftToRight;
    this.#rightToLeft.value = rightToLeft;
    this.#rightToRight.value = rightToRight;
  }

  protected forget(): void {}
}
