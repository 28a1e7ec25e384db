import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { hermite } from "./interpolation.ts";
import { Oscillator } from "./oscillator.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Range of the delay at full depth, in samples: 2 ms. */
const swing = Math.floor(0.002 * sampleRate);
/** Minimum delay in samples, so that the interpolation has samples on both sides. */
const minDelay = 3;
/** Ring length: a power of two above the maximum delay. */
const ringLength = 128;
const mask = ringLength - 1;

/**
 * Vibrato filter by a modulated delay (section 12.4 of the protocol). With v = (sin φ + 1)/2, where φ grows
 * by 2π·frequency/48000 per sample, the output lags the previous sample by v·depth·96 + 3 samples,
 * interpolated with a cubic Hermite curve through four samples.
 */
export class Vibrato extends RampedFilter {
  readonly #depth = new Ramp(0);
  /** 0 passes the input, 1 the delayed samples. */
  readonly #amount = new Ramp(0);
  readonly #oscillator = new Oscillator();
  readonly #leftRing = new Float64Array(ringLength);
  readonly #rightRing = new Float64Array(ringLength);
  #position = 0;
  protected readonly ramps = [this.#depth, this.#amount];

  /** Applies settings. */
  configure({ frequency, depth }: FilterValues["vibrato"], enabled: boolean): void {
    if (enabled) this.#oscillator.tune(frequency);
    this.#depth.target = enabled ? depth : 0;
    this.#amount.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const sines = this.#oscillator.next(end - start);
    const leftRing = this.#leftRing;
    const rightRing = this.#rightRing;
    const stepDepth = this.#depth.step;
    const stepAmount = this.#amount.step;
    let depth = this.#depth.value;
    let amount = this.#amount.value;
    let position = this.#position;
    for (let index = start, at = 0; index < end; index++, at++) {
      depth += stepDepth;
      amount += stepAmount;
      const delay = ((sines[at] as number) + 1) * 0.5 * depth * swing + minDelay;
      const whole = Math.ceil(delay);
      const fraction = whole - delay;
      const from = position - 1 - whole;
      const a = (from - 1) & mask;
      const b = from & mask;
      const c = (from + 1) & mask;
      const d = (from + 2) & mask;
      const l = left[index] as number;
      const r = right[index] as number;
      const lateLeft = hermite(
        leftRing[a] as number,
        leftRing[b] as number,
        leftRing[c] as number,
        leftRing[d] as number,
        fraction,
      );
      const lateRight = hermite(
        rightRing[a] as number,
        rightRing[b] as number,
        rightRing[c] as number,
        rightRing[d] as number,
        fraction,
      );
      leftRing[position] = l;
      rightRing[position] = r;
      position = (position + 1) & mask;
      left[index] = l + amount * (lateLeft - l);
      right[index] = r + amount * (lateRight - r);
    }
    this.#depth.value = depth;
    this.#amount.value = amount;
    this.#position = position;
  }

  protected clearState(): void {
    this.#leftRing.fill(0);
    this.#rightRing.fill(0);
    this.#position = 0;
    this.#oscillator.reset();
  }
}
