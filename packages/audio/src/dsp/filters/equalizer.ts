import type { FilterValues } from "../filter-values.ts";
import { blockLength, sampleRate } from "../format.ts";
import { clamp, flushDenormal, limitSetting } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

const centres = [25, 40, 63, 100, 160, 250, 400, 630, 1000, 1600, 2500, 4000, 6300, 10_000, 16_000];

/** Coefficients and state of one band; see {@link Equalizer}. */
class Band {
  /** α of the formula times 4, the factor of the sum of the bands. */
  readonly weight: number;
  readonly beta: number;
  readonly gamma: number;
  /** Gain of the band; 0 changes nothing. */
  readonly gain = new Ramp(0);
  left1 = 0;
  left2 = 0;
  right1 = 0;
  right2 = 0;

  constructor(centre: number) {
    const middle = (2 * Math.PI * centre) / sampleRate;
    const edge = middle * 2 ** (-1 / 3);
    const k = (Math.cos(edge) - Math.cos(middle)) / Math.sin(edge);
    this.beta = (1 - k) / (1 + k);
    this.gamma = (1 + this.beta) * Math.cos(middle);
    this.weight = 2 * (1 - this.beta);
  }

  get isIdle(): boolean {
    return this.gain.value === 0 && this.gain.target === 0;
  }

  setState(left1: number, left2: number, right1: number, right2: number): void {
    this.left1 = flushDenormal(left1);
    this.left2 = flushDenormal(left2);
    this.right1 = flushDenormal(right1);
    this.right2 = flushDenormal(right2);
  }

  clearState(): void {
    this.setState(0, 0, 0, 0);
  }
}

const leftDifference = new Float64Array(blockLength);
const rightDifference = new Float64Array(blockLength);
const leftSum = new Float64Array(blockLength);
const rightSum = new Float64Array(blockLength);

/**
 * Equalizer of fifteen bands, each two thirds of an octave wide, whose outputs are added to the signal
 * (section 12.4 of the protocol). With θ0 = 2π·centre/48000, θ1 = θ0·2^(−1/3), k = (cos θ1 − cos θ0)/sin θ1,
 * β = (1 − k)/(1 + k), α = (1 − β)/2 and γ = (1 + β)·cos θ0, a band is u[n] = α·(x[n] − x[n−2]) + γ·u[n−1] −
 * β·u[n−2], and the output is clamp(x + 4·Σ gain·u). A gain of −0.25 removes the centre of its band, 0.25
 * doubles it and 1 multiplies it by five.
 */
export class Equalizer extends RampedFilter {
  readonly #bands = centres.map((centre) => new Band(centre));
  protected readonly ramps = this.#bands.map(({ gain }) => gain);
  #left1 = 0;
  #left2 = 0;
  #right1 = 0;
  #right2 = 0;
  #level = 1;

  /**
   * Applies settings.
   *
   * @param level - Level to which samples are clamped. Default: full scale.
   */
  configure(gains: FilterValues["equalizer"], enabled: boolean, level = 1): void {
    this.#level = level;
    for (const [index, { gain }] of this.#bands.entries()) {
      gain.target = enabled ? limitSetting(gains[index] ?? 0) : 0;
    }
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const length = end - start;
    this.#computeDifferences(left, right, start, length);
    leftSum.fill(0, 0, length);
    rightSum.fill(0, 0, length);
    let waiting: Band | null = null;
    for (const band of this.#bands) {
      if (band.isIdle) band.clearState();
      else if (band.gain.step !== 0) addBand(band, length);
      else if (waiting === null) waiting = band;
      else {
        addBands(waiting, band, length);
        waiting = null;
      }
    }
    if (waiting !== null) addBand(waiting, length);
    const level = this.#level;
    for (let index = start, at = 0; index < end; index++, at++) {
      left[index] = clamp((left[index] as number) + (leftSum[at] as number), level);
      right[index] = clamp((right[index] as number) + (rightSum[at] as number), level);
    }
  }

  protected clearState(): void {
    for (const band of this.#bands) band.clearState();
    this.#left1 = 0;
    this.#left2 = 0;
    this.#right1 = 0;
    this.#right2 = 0;
  }

  /** Computes x[n] − x[n−2], which all bands need. */
  #computeDifferences(left: Float32Array, right: Float32Array, start: number, length: number): void {
    let left1 = this.#left1;
    let left2 = this.#left2;
    let right1 = this.#right1;
    let right2 = this.#right2;
    for (let at = 0; at < length; at++) {
      const l = left[start + at] as number;
      const r = right[start + at] as number;
      leftDifference[at] = l - left2;
      rightDifference[at] = r - right2;
      left2 = left1;
      left1 = l;
      right2 = right1;
      right1 = r;
    }
    this.#left1 = left1;
    this.#left2 = left2;
    this.#right1 = right1;
    this.#right2 = right2;
  }
}

/** Adds a band whose gain may be ramping. */
function addBand(band: Band, length: number): void {
  const { beta, gamma, weight, gain } = band;
  const step = gain.step * weight;
  let factor = gain.value * weight;
  let { left1, left2, right1, right2 } = band;
  for (let at = 0; at < length; at++) {
    factor += step;
    const l = (leftDifference[at] as number) - beta * left2 + gamma * left1;
    const r = (rightDifference[at] as number) - beta * right2 + gamma * right1;
    left2 = left1;
    left1 = l;
    right2 = right1;
    right1 = r;
    leftSum[at] = (leftSum[at] as number) + factor * l;
    rightSum[at] = (rightSum[at] as number) + factor * r;
  }
  gain.value += gain.step * length;
  band.setState(left1, left2, right1, right2);
}

/**
 * Adds two bands with constant gains. A recursion spends most of its time waiting for its previous result, so
 * two interleaved ones take hardly more time than one.
 */
function addBands(one: Band, two: Band, length: number): void {
  const { beta: beta1, gamma: gamma1 } = one;
  const { beta: beta2, gamma: gamma2 } = two;
  const factor1 = one.gain.value * one.weight;
  const factor2 = two.gain.value * two.weight;
  let { left1: a1, left2: a2, right1: b1, right2: b2 } = one;
  let { left1: c1, left2: c2, right1: d1, right2: d2 } = two;
  for (let at = 0; at < length; at++) {
    const left = leftDifference[at] as number;
    const right = rightDifference[at] as number;
    const a = left - beta1 * a2 + gamma1 * a1;
    const b = right - beta1 * b2 + gamma1 * b1;
    const c = left - beta2 * c2 + gamma2 * c1;
    const d = right - beta2 * d2 + gamma2 * d1;
    a2 = a1;
    a1 = a;
    b2 = b1;
    b1 = b;
    c2 = c1;
    c1 = c;
    d2 = d1;
    d1 = d;
    leftSum[at] = (leftSum[at] as number) + factor1 * a + factor2 * c;
    rightSum[at] = (rightSum[at] as number) + factor1 * b + factor2 * d;
  }
  one.setState(a1, a2, b1, b2);
  two.setState(c1, c2, d1, d2);
}
