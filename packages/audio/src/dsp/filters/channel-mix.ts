import type { FilterValues } from "../filter-values.ts";
import { clamp, limitSetting } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/**
 * Channel mix filter (section 12.4 of the protocol): left = clamp(leftToLeft·l + rightToLeft·r) and right =
 * clamp(leftToRight·l + rightToRight·r).
 */
export class ChannelMix extends RampedFilter {
  readonly #leftToLeft = new Ramp(1);
  readonly #leftToRight = new Ramp(0);
  readonly #rightToLeft = new Ramp(0);
  readonly #rightToRight = new Ramp(1);
  protected readonly ramps = [this.#leftToLeft, this.#leftToRight, this.#rightToLeft, this.#rightToRight];

  #level = 1;

  /**
   * Applies settings.
   *
   * @param level - Level to which samples are clamped. Default: full scale.
   */
  configure(settings: FilterValues["channelmix"], enabled: boolean, level = 1): void {
    this.#level = level;
    this.#leftToLeft.target = enabled ? limitSetting(settings.leftToLeft) : 1;
    this.#leftToRight.target = enabled ? limitSetting(settings.leftToRight) : 0;
    this.#rightToLeft.target = enabled ? limitSetting(settings.rightToLeft) : 0;
    this.#rightToRight.target = enabled ? limitSetting(settings.rightToRight) : 1;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const level = this.#level;
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
      left[index] = clamp(leftToLeft * l + rightToLeft * r, level);
      right[index] = clamp(leftToRight * l + rightToRight * r, level);
    }
    this.#leftToLeft.value = leftToLeft;
    this.#leftToRight.value = leftToRight;
    this.#rightToLeft.value = rightToLeft;
    this.#rightToRight.value = rightToRight;
  }

  protected clearState(): void {}
}
