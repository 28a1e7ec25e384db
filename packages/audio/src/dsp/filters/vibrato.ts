import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { Oscillator } from "./oscillator.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { Smooth } from "./smooth.ts";

/** Samples by which the delay swings at full depth: 2 ms. */
const swing = Math.floor(0.002 * sampleRate);
/** Samples of delay at least, so that the interpolation has samples on both sides. */
const leastDelay = 3;
/** A power of two that holds the longest delay. */
const ringLength = 128;
const mask = ringLength - 1;

/** Third-order Hermite curve through b and c, a share of the way from b to c. */
const hermite = (a: number, b: number, c: number, d: number, share: number): number =>
  (((1.5 * (b - c) + 0.5 * (d - a)) * share + (a - 2.5 * b + 2 * c - 0.5 * d)) * share + 0.5 * (c - a)) *
    share +
  b;

/**
 * Lets the pitch swing by way of a delay that changes (section 12.4 of the protocol). With v = (sin φ + 1)/2,
 * where φ grows by 2π·frequency/48000 a sample, the sound is v·depth·96 + 3 samples behind the sample before
 * the present one, read between samples with a cubic Hermite curve through four of them.
 */
export class Vibrato extends RampedFilter {
  readonly #depth = new Smooth(0);
  /** 0 passes the samples, 1 the delayed ones. */
  readonly #amount = new Smooth(0);
  readonly #oscillator = new Oscillator();
  readonly #leftRing = new Float64Array(ringLength);
  readonly #rightRing = new Float64Array(ringLength);
  #position = 0;
  protected readonly smooths = [this.#depth, this.#amount];

  /** Takes up settings. */
  configure({ frequency, depth }: FilterValues["vibrato"], enabled: boolean): void {
    if (enabled) this.#oscillator.tune(frequency);
    this.#depth.target = enabled ? depth : 0;
    this.#amount.target = enabled ? 1 : 0;
    this.approach(enabled);
  }

  protected run(left: Float32Array, right: Float32Array, start: number, end: number): void {
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
      const delay = ((sines[at] as number) + 1) * 0.5 * depth * swing + leastDelay;
      const whole = Math.ceil(delay);
      const share = whole - delay;
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
        share,
      );
      const lateRight = hermite(
        rightRing[a] as number,
        rightRing[b] as number,
        rightRing[c] as number,
        rightRing[d] as number,
        share,
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

  protected forget(): void {
    this.#leftRing.fill(0);
    this.#rightRing.fill(0);
    this.#position = 0;
    this.#oscillator.reset();
  }
}
