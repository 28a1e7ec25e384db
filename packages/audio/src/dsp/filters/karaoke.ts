import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { flushDenormal, limitSetting } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Limits of the width in Hz. A narrower band would ring forever; a wider one exceeds the audible range. */
const minWidth = 1;
const maxWidth = sampleRate / 2;

/**
 * Karaoke filter (section 12.4 of the protocol): removes the signal common to both channels, usually the
 * vocals, and adds a band of the mono signal back to keep the bass.
 *
 * C = exp(−2π·filterWidth/48000), B = −4C/(1 + C)·cos(2π·filterBand/48000), A = √(1 − B²/4C)·(1 − C); with m
 * = (l + r)/2 the band is y[n] = A·m − B·y[n−1] − C·y[n−2], and with o = y·monoLevel·level the output is left
 * = l − r·level + o and right = r − l·level + o. The width is limited to 1 Hz to 24 kHz.
 */
export class Karaoke extends RampedFilter {
  readonly #level = new Ramp(0);
  readonly #monoLevel = new Ramp(0);
  readonly #a = new Ramp(0);
  readonly #b = new Ramp(0);
  readonly #c = new Ramp(0);
  protected readonly ramps = [this.#level, this.#monoLevel, this.#a, this.#b, this.#c];
  #last = 0;
  #lastButOne = 0;

  /** Applies settings. */
  configure(settings: FilterValues["karaoke"], enabled: boolean): void {
    const width = Math.min(Math.max(settings.filterWidth, minWidth), maxWidth);
    const c = Math.exp((-2 * Math.PI * width) / sampleRate);
    const b = ((-4 * c) / (1 + c)) * Math.cos((2 * Math.PI * limitSetting(settings.filterBand)) / sampleRate);
    const a = Math.sqrt(Math.max(1 - (b * b) / (4 * c), 0)) * (1 - c);
    this.#level.target = enabled ? limitSetting(settings.level) : 0;
    this.#monoLevel.target = enabled ? limitSetting(settings.monoLevel) : 0;
    // Any point between two stable filters is stable, so the coefficients may be ramped linearly.
    this.#a.target = enabled ? a : 0;
    this.#b.target = enabled ? b : 0;
    this.#c.target = enabled ? c : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    let level = this.#level.value;
    let monoLevel = this.#monoLevel.value;
    let a = this.#a.value;
    let b = this.#b.value;
    let c = this.#c.value;
    const stepLevel = this.#level.step;
    const stepMonoLevel = this.#monoLevel.step;
    const stepA = this.#a.step;
    const stepB = this.#b.step;
    const stepC = this.#c.step;
    let last = this.#last;
    let lastButOne = this.#lastButOne;
    for (let index = start; index < end; index++) {
      level += stepLevel;
      monoLevel += stepMonoLevel;
      a += stepA;
      b += stepB;
      c += stepC;
      const l = left[index] as number;
      const r = right[index] as number;
      const band = a * 0.5 * (l + r) - b * last - c * lastButOne;
      lastButOne = last;
      last = band;
      const back = band * monoLevel * level;
      left[index] = l - r * level + back;
      right[index] = r - l * level + back;
    }
    this.#level.value = level;
    this.#monoLevel.value = monoLevel;
    this.#a.value = a;
    this.#b.value = b;
    this.#c.value = c;
    this.#last = flushDenormal(last);
    this.#lastButOne = flushDenormal(lastButOne);
  }

  protected clearState(): void {
    this.#last = 0;
    this.#lastButOne = 0;
  }
}
