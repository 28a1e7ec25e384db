import { replaceDamaged } from "../filters/limits.ts";
import { sampleRate } from "../format.ts";

/** Look-ahead in samples: 5 ms. */
const window = sampleRate / 200;
/** Gain above which the release counts as complete: the rest is below −100 dB. */
const unityThreshold = 0.99999;

/** Options of {@link Limiter}. */
interface LimiterOptions {
  /** Maximum output level, in dB of full scale. Default: −1. */
  readonly ceilingDb?: number;
  /** Release time constant in ms. Default: 120. */
  readonly releaseMs?: number;
}

/**
 * Look-ahead peak limiter: no output sample exceeds the ceiling, and quieter signals pass unchanged. Both
 * channels share one gain, which preserves the stereo image.
 *
 * The look-ahead delays the signal by {@link Limiter.delay} samples. The gain is the lowest that any sample
 * within the look-ahead requires, averaged over the same window, so it falls linearly and is low enough when
 * the peak arrives.
 */
export class Limiter {
  /** Delay in samples per channel. */
  static readonly delay = window - 1;

  readonly #ceiling: number;
  readonly #release: number;
  readonly #left = new Float32Array(window);
  readonly #right = new Float32Array(window);
  /**
   * Monotonic queue of the gains required within the look-ahead: each is lower than all later ones, lowest
   * first.
   */
  readonly #requiredGains = new Float64Array(window);
  readonly #requiredAt = new Float64Array(window);
  #requiredFirst = 0;
  #requiredCount = 0;
  /** Last gains; their mean is applied. */
  readonly #gains = new Float64Array(window).fill(1);
  #sum = window;
  #gain = 1;
  /** Samples since the gain returned to 1. */
  #samplesAtUnity = window;
  #now = 0;
  #position = 0;

  constructor({ ceilingDb = -1, releaseMs = 120 }: LimiterOptions = {}) {
    this.#ceiling = 10 ** (ceilingDb / 20);
    this.#release = 1 - Math.exp(-1000 / (releaseMs * sampleRate));
  }

  /**
   * Processes samples in place, delayed by {@link Limiter.delay} samples.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    if (this.#samplesAtUnity >= window && this.#isQuiet(left, right, length))
      this.#delay(left, right, length);
    else this.#limit(left, right, length);
  }

  /** Clears all state, for a seek. */
  reset(): void {
    this.#left.fill(0);
    this.#right.fill(0);
    this.#resetGains();
  }

  #isQuiet(left: Float32Array, right: Float32Array, length: number): boolean {
    const ceiling = this.#ceiling;
    for (let at = 0; at < length; at++) {
      // The negated comparison treats NaN as loud.
      if (!(Math.max(Math.abs(left[at] as number), Math.abs(right[at] as number)) <= ceiling)) return false;
    }
    return true;
  }

  /** Fast path of {@link Limiter.process} while the gain is 1. */
  #delay(left: Float32Array, right: Float32Array, length: number): void {
    const leftRing = this.#left;
    const rightRing = this.#right;
    let position = this.#position;
    for (let at = 0; at < length; at++) {
      leftRing[position] = left[at] as number;
      rightRing[position] = right[at] as number;
      position = position + 1 === window ? 0 : position + 1;
      left[at] = leftRing[position] as number;
      right[at] = rightRing[position] as number;
    }
    this.#position = position;
    this.#now += length;
  }

  #limit(left: Float32Array, right: Float32Array, length: number): void {
    for (let at = 0; at < length; at++) {
      const l = replaceDamaged(left[at] as number);
      const r = replaceDamaged(right[at] as number);
      const peak = Math.max(Math.abs(l), Math.abs(r));
      if (peak > this.#ceiling || this.#samplesAtUnity < window) this.#advanceGain(peak);
      const position = this.#position;
      const next = position + 1 === window ? 0 : position + 1;
      this.#left[position] = l;
      this.#right[position] = r;
      const gain = this.#sum / window;
      left[at] = this.#limited((this.#left[next] as number) * gain);
      right[at] = this.#limited((this.#right[next] as number) * gain);
      this.#position = next;
      this.#now++;
    }
  }

  /** Clamps to the ceiling against rounding errors. */
  #limited(sample: number): number {
    return Math.max(-this.#ceiling, Math.min(sample, this.#ceiling));
  }

  /** Advances the gain by one sample. */
  #advanceGain(peak: number): void {
    this.#dropOldest();
    if (peak > this.#ceiling) this.#requireGain(this.#ceiling / peak);
    const lowest = this.#requiredCount > 0 ? (this.#requiredGains[this.#requiredFirst] as number) : 1;
    this.#gain = lowest < this.#gain ? lowest : this.#gain + (lowest - this.#gain) * this.#release;
    if (this.#gain > unityThreshold) {
      this.#gain = 1;
      this.#samplesAtUnity++;
    } else this.#samplesAtUnity = 0;
    const slot = this.#now % window;
    this.#sum += this.#gain - (this.#gains[slot] as number);
    this.#gains[slot] = this.#gain;
    if (this.#samplesAtUnity >= window) this.#resetGains();
  }

  #requireGain(gain: number): void {
    while (
      this.#requiredCount > 0 &&
      (this.#requiredGains[this.#slot(this.#requiredCount - 1)] as number) >= gain
    ) {
      this.#requiredCount--;
    }
    const slot = this.#slot(this.#requiredCount);
    this.#requiredGains[slot] = gain;
    this.#requiredAt[slot] = this.#now;
    this.#requiredCount++;
  }

  /** Drops the required gain that has left the look-ahead; at most one does per sample. */
  #dropOldest(): void {
    if (this.#requiredCount > 0 && (this.#requiredAt[this.#requiredFirst] as number) <= this.#now - window) {
      this.#requiredFirst = this.#slot(1);
      this.#requiredCount--;
    }
  }

  #slot(index: number): number {
    return (this.#requiredFirst + index) % window;
  }

  /** Resets all gains to 1, which also discards accumulated rounding errors. */
  #resetGains(): void {
    this.#requiredCount = 0;
    this.#gains.fill(1);
    this.#sum = window;
    this.#gain = 1;
    this.#samplesAtUnity = window;
  }
}
