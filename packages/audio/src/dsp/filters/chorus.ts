import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { hermite } from "./interpolation.ts";
import { flushDenormal } from "./limits.ts";
import { Oscillator } from "./oscillator.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Range of the delay at full depth, in samples: 8 ms. */
const swing = 0.008 * sampleRate;
/** Change of the delay per sample after another setting: a jump would click, and a ramp of 20 ms change the pitch by octaves. */
const slew = 0.1;
/** Ring length: a power of two above the longest delay, 53 ms. */
const ringLength = 4096;
const mask = ringLength - 1;
const noSamples = new Float32Array(0);

/**
 * Chorus effect: a copy with a modulated delay beside the sound. With the phase φ, which grows by 2π·rate/48000 per sample, the
 * left copy lags by delay + depth·4 ms·(1 + sin φ), the right one by delay + depth·4 ms·(1 − sin φ), interpolated with a cubic
 * Hermite curve. Into the delay goes x + feedback·copy, the latter interpolated linearly, which cannot amplify. Output: x +
 * mix·(copy − x).
 */
export class Chorus extends RampedFilter {
  /** 0 passes the samples unchanged. */
  readonly #mix = new Ramp(0);
  /** Gain of what is delayed, so that the delayed sound does not begin with a click when the effect is enabled. */
  readonly #input = new Ramp(0);
  readonly #depth = new Ramp(0);
  readonly #feedback = new Ramp(0);
  protected readonly ramps = [this.#mix, this.#input, this.#depth, this.#feedback];
  readonly #oscillator = new Oscillator();
  #delay = 0;
  #wantedDelay = 0;
  #left = noSamples;
  #right = noSamples;
  #position = 0;

  /** Applies settings. */
  configure({ rate, depth, delay, feedback, mix }: FilterValues["chorus"], enabled: boolean): void {
    if (enabled) {
      this.#oscillator.tune(rate);
      this.#wantedDelay = (delay * sampleRate) / 1_000;
      this.#depth.target = depth;
      this.#feedback.target = feedback;
      if (this.isIdle) {
        this.#delay = this.#wantedDelay;
        this.#depth.finish();
        this.#feedback.finish();
      }
    }
    this.#mix.target = enabled ? mix : 0;
    this.#input.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    if (this.#left.length === 0) this.#left = new Float32Array(ringLength);
    if (this.#right.length === 0) this.#right = new Float32Array(ringLength);
    const sines = this.#oscillator.next(end - start);
    const stepMix = this.#mix.step;
    const stepInput = this.#input.step;
    const stepDepth = this.#depth.step;
    const stepFeedback = this.#feedback.step;
    const wanted = this.#wantedDelay;
    let delay = this.#delay;
    let mix = this.#mix.value;
    let input = this.#input.value;
    let depth = this.#depth.value;
    let feedback = this.#feedback.value;
    for (let index = start, at = 0; index < end; index++, at++) {
      mix += stepMix;
      input += stepInput;
      depth += stepDepth;
      feedback += stepFeedback;
      delay = delay < wanted ? Math.min(delay + slew, wanted) : Math.max(delay - slew, wanted);
      const range = depth * swing * 0.5;
      const sine = sines[at] as number;
      const position = (this.#position + at) & mask;
      const l = left[index] as number;
      const r = right[index] as number;
      const copyLeft = copyBefore(this.#left, position, delay + range * (1 + sine), l * input, feedback);
      const copyRight = copyBefore(this.#right, position, delay + range * (1 - sine), r * input, feedback);
      left[index] = l + mix * (copyLeft - l);
      right[index] = r + mix * (copyRight - r);
    }
    this.#position = (this.#position + end - start) & mask;
    this.#delay = delay;
    this.#mix.value = mix;
    this.#input.value = input;
    this.#depth.value = depth;
    this.#feedback.value = feedback;
  }

  protected clearState(): void {
    this.#left = noSamples;
    this.#right = noSamples;
    this.#position = 0;
    this.#delay = this.#wantedDelay;
    this.#oscillator.reset();
  }
}

/** Returns the copy from a delay before a position, and writes a sample there. */
function copyBefore(
  ring: Float32Array,
  position: number,
  delay: number,
  sample: number,
  feedback: number,
): number {
  const whole = Math.ceil(delay);
  const fraction = whole - delay;
  const from = position - whole;
  const a = ring[(from - 1) & mask] as number;
  const b = ring[from & mask] as number;
  const c = ring[(from + 1) & mask] as number;
  const d = ring[(from + 2) & mask] as number;
  ring[position] = flushDenormal(sample + feedback * (b + (c - b) * fraction));
  return hermite(a, b, c, d, fraction);
}
