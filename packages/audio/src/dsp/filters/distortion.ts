import type { FilterValues } from "../filter-values.ts";
import { clamp, limitSetting } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Limit of the tangent, which is infinite at its poles. */
const maxTangent = 1e6;

/**
 * Distortion filter of Lavalink: y = clamp(offset + scale·s·c·t) with s = sinOffset + sin(sinScale·x), c = cosOffset +
 * cos(cosScale·x) and t = tanOffset + tan(tanScale·x).
 */
export class Distortion extends RampedFilter {
  /** 0 passes the samples unchanged, 1 is the full effect. */
  readonly #amount = new Ramp(0);
  readonly #sinOffset = new Ramp(0);
  readonly #sinScale = new Ramp(1);
  readonly #cosOffset = new Ramp(0);
  readonly #cosScale = new Ramp(1);
  readonly #tanOffset = new Ramp(0);
  readonly #tanScale = new Ramp(1);
  readonly #offset = new Ramp(0);
  readonly #scale = new Ramp(1);
  protected readonly ramps = [
    this.#amount,
    this.#sinOffset,
    this.#sinScale,
    this.#cosOffset,
    this.#cosScale,
    this.#tanOffset,
    this.#tanScale,
    this.#offset,
    this.#scale,
  ];

  /** Applies settings. */
  configure(settings: FilterValues["distortion"], enabled: boolean): void {
    this.#amount.target = enabled ? 1 : 0;
    if (enabled) {
      this.#sinOffset.target = limitSetting(settings.sinOffset);
      this.#sinScale.target = limitSetting(settings.sinScale);
      this.#cosOffset.target = limitSetting(settings.cosOffset);
      this.#cosScale.target = limitSetting(settings.cosScale);
      this.#tanOffset.target = limitSetting(settings.tanOffset);
      this.#tanScale.target = limitSetting(settings.tanScale);
      this.#offset.target = limitSetting(settings.offset);
      this.#scale.target = limitSetting(settings.scale);
    }
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    for (let index = start; index < end; index++) {
      for (const smooth of this.ramps) smooth.value += smooth.step;
      left[index] = this.#distort(left[index] as number);
      right[index] = this.#distort(right[index] as number);
    }
  }

  protected clearState(): void {}

  #distort(sample: number): number {
    const sine = this.#sinOffset.value + Math.sin(sample * this.#sinScale.value);
    const cosine = this.#cosOffset.value + Math.cos(sample * this.#cosScale.value);
    const tangent = Math.tan(sample * this.#tanScale.value);
    const shifted = this.#tanOffset.value + Math.min(Math.max(tangent, -maxTangent), maxTangent);
    const distorted = clamp(this.#offset.value + this.#scale.value * sine * cosine * shifted);
    return sample + this.#amount.value * (distorted - sample);
  }
}
