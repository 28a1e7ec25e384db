import { replaceDamaged } from "../filters/limits.ts";
import { sampleRate } from "../format.ts";

/** Samples after the middle of two that its interpolation needs. */
const reach = 4;
/** Samples over which the gain falls: 5 ms with those that the interpolation needs. */
const window = sampleRate / 200 - reach;
const delay = window - 1 + reach;
/** Ring length: a power of two above the delay. */
const ringLength = 256;
const mask = ringLength - 1;
/** Length of the queue of required gains: each is needed until both samples around its peak have come out. */
const queueLength = window + 1;
/** Samples above this level, and NaN, are damage. The gains of a boosted signal reach far above full scale. */
const maxLevel = 1_000;
/**
 * Share of the ceiling below which the signal between two samples stays below it: the magnitudes of the coefficients of the
 * interpolation add up to less than 2.
 */
const quietShare = 0.5;
/** Gain above which the release counts as complete: the rest is below −100 dB. */
const unityThreshold = 0.99999;

/**
 * Coefficients of the middle of two samples: sine cardinal under a raised cosine, scaled so that a constant stays the same. The
 * first belongs to the two samples around the middle.
 */
const coefficients = (() => {
  const at = [0.5, 1.5, 2.5, 3.5];
  const raw = at.map((t) => (Math.sin(Math.PI * t) / (Math.PI * t)) * Math.cos((Math.PI * t) / 8) ** 2);
  const sum = 2 * raw.reduce((total, one) => total + one, 0);
  return raw.map((one) => one / sum) as [number, number, number, number];
})();
const [coefficient0, coefficient1, coefficient2, coefficient3] = coefficients;

/** Returns the signal in the middle between the fourth and the third sample before a position. */
const middleBefore = (ring: Float32Array, position: number): number =>
  coefficient0 * ((ring[(position - 4) & mask] as number) + (ring[(position - 3) & mask] as number)) +
  coefficient1 * ((ring[(position - 5) & mask] as number) + (ring[(position - 2) & mask] as number)) +
  coefficient2 * ((ring[(position - 6) & mask] as number) + (ring[(position - 1) & mask] as number)) +
  coefficient3 * ((ring[(position - 7) & mask] as number) + (ring[position] as number));

/** Returns the level of a local maximum or minimum at b, by the parabola through three points; that of b elsewhere. */
function peakAround(a: number, b: number, c: number): number {
  if ((b - a) * (b - c) <= 0) return Math.abs(b);
  return Math.abs(b - ((a - c) * (a - c)) / (8 * (a - 2 * b + c)));
}

/** Options of {@link Limiter}. */
export interface LimiterOptions {
  /** Maximum output level, in dB of full scale; infinite for none. Default: −1. */
  readonly ceilingDb?: number;
  /** Release time constant in ms. Default: 120. */
  readonly releaseMs?: number;
  /** Whether peaks between samples count too, as in a converter or after resampling. Default: false. */
  readonly truePeak?: boolean;
}

/**
 * Look-ahead peak limiter: no output sample exceeds the ceiling, and quieter signals pass unchanged. Both channels share one gain,
 * which preserves the stereo image.
 *
 * The look-ahead delays the signal by {@link Limiter.delay} samples. The gain is the lowest that any peak within the look-ahead
 * requires, averaged over almost the same time, so it falls linearly and is low enough when the peak arrives. Peaks between
 * samples are those of parabolas through samples and the interpolated middles between them.
 */
export class Limiter {
  /** Delay in samples per channel. */
  static readonly delay = delay;

  #ceiling = 1;
  #release = 0;
  #isTruePeak = false;
  /** Ceiling of the samples that come out: a lower one holds for those that were written after the change. */
  #outputCeiling = 0;
  #samplesToCeiling = 0;
  readonly #left = new Float32Array(ringLength);
  readonly #right = new Float32Array(ringLength);
  /** Last interpolated middles. */
  #middleLeft = 0;
  #middleRight = 0;
  /**
   * Monotonic queue of the gains required within the look-ahead: each is lower than all later ones, lowest
   * first.
   */
  readonly #requiredGains = new Float64Array(queueLength);
  readonly #requiredAt = new Float64Array(queueLength);
  #requiredFirst = 0;
  #requiredCount = 0;
  /** Last gains; their mean is applied. */
  readonly #gains = new Float64Array(window).fill(1);
  #sum = window;
  #gain = 1;
  /** Samples since the gain returned to 1. */
  #samplesAtUnity = window;
  /** Samples since the last one that may require a gain. */
  #quietSamples = ringLength;
  #now = 0;
  #position = 0;

  constructor(options: LimiterOptions = {}) {
    this.configure(options);
    this.#outputCeiling = this.#ceiling;
    this.#samplesToCeiling = 0;
  }

  /** Whether the limiter has no ceiling, and only delays. */
  get isIdle(): boolean {
    return this.#ceiling === Number.POSITIVE_INFINITY && this.#samplesAtUnity >= window;
  }

  /** Changes the options for samples that are processed from now on, without a click. */
  configure({ ceilingDb = -1, releaseMs = 120, truePeak = false }: LimiterOptions): void {
    if (truePeak && !this.#isTruePeak) this.#computeMiddles();
    this.#isTruePeak = truePeak;
    this.#release = 1 - Math.exp(-1000 / (releaseMs * sampleRate));
    const ceiling = 10 ** (ceilingDb / 20);
    if (ceiling === this.#ceiling) return;
    this.#ceiling = ceiling;
    this.#outputCeiling = Math.max(this.#outputCeiling, ceiling);
    this.#samplesToCeiling = delay;
  }

  /**
   * Processes samples in place, delayed by {@link Limiter.delay} samples.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    const isAtRest = this.#samplesAtUnity >= window && this.#quietSamples >= 2 * reach;
    if (isAtRest && this.#isQuiet(left, right, length)) this.#delay(left, right, length);
    else this.#limit(left, right, length);
  }

  /** Clears all state, for a seek. */
  reset(): void {
    this.#left.fill(0);
    this.#right.fill(0);
    this.#middleLeft = 0;
    this.#middleRight = 0;
    this.#quietSamples = ringLength;
    this.#outputCeiling = this.#ceiling;
    this.#resetGains();
  }

  /** Level up to which a sample requires no gain. */
  get #quietLevel(): number {
    return this.#isTruePeak ? this.#ceiling * quietShare : this.#ceiling;
  }

  #isQuiet(left: Float32Array, right: Float32Array, length: number): boolean {
    const ceiling = this.#quietLevel;
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
      position = (position + 1) & mask;
      leftRing[position] = left[at] as number;
      rightRing[position] = right[at] as number;
      left[at] = leftRing[(position - delay) & mask] as number;
      right[at] = rightRing[(position - delay) & mask] as number;
    }
    this.#position = position;
    this.#computeMiddles();
    this.#quietSamples += length;
    this.#now += length;
    this.#approachCeiling(length);
  }

  #computeMiddles(): void {
    this.#middleLeft = middleBefore(this.#left, this.#position);
    this.#middleRight = middleBefore(this.#right, this.#position);
  }

  #limit(left: Float32Array, right: Float32Array, length: number): void {
    const leftRing = this.#left;
    const rightRing = this.#right;
    const quietLevel = this.#quietLevel;
    for (let at = 0; at < length; at++) {
      const position = (this.#position + 1) & mask;
      this.#position = position;
      const l = replaceDamaged(left[at] as number, maxLevel);
      const r = replaceDamaged(right[at] as number, maxLevel);
      leftRing[position] = l;
      rightRing[position] = r;
      if (Math.max(Math.abs(l), Math.abs(r)) <= quietLevel) this.#quietSamples++;
      else this.#quietSamples = 0;
      const peak = this.#nextPeak(position);
      if (peak > this.#ceiling || this.#samplesAtUnity < window) this.#advanceGain(peak);
      const gain = this.#sum / window;
      left[at] = this.#limited((leftRing[(position - delay) & mask] as number) * gain);
      right[at] = this.#limited((rightRing[(position - delay) & mask] as number) * gain);
      this.#now++;
      this.#approachCeiling(1);
    }
  }

  /** Returns the level of the fourth sample before a position, or the highest one from there to the third, between samples too. */
  #nextPeak(position: number): number {
    const leftRing = this.#left;
    const rightRing = this.#right;
    const sampleLeft = leftRing[(position - reach) & mask] as number;
    const sampleRight = rightRing[(position - reach) & mask] as number;
    if (!this.#isTruePeak) return Math.max(Math.abs(sampleLeft), Math.abs(sampleRight));
    const middleLeft = middleBefore(leftRing, position);
    const middleRight = middleBefore(rightRing, position);
    const peak = Math.max(
      peakAround(this.#middleLeft, sampleLeft, middleLeft),
      peakAround(sampleLeft, middleLeft, leftRing[(position - 3) & mask] as number),
      peakAround(this.#middleRight, sampleRight, middleRight),
      peakAround(sampleRight, middleRight, rightRing[(position - 3) & mask] as number),
    );
    this.#middleLeft = middleLeft;
    this.#middleRight = middleRight;
    return peak;
  }

  /** Lowers the ceiling of the output once the samples that were written before a change have come out. */
  #approachCeiling(length: number): void {
    if (this.#samplesToCeiling === 0) return;
    this.#samplesToCeiling = Math.max(0, this.#samplesToCeiling - length);
    if (this.#samplesToCeiling === 0) this.#outputCeiling = this.#ceiling;
  }

  /** Clamps to the ceiling against rounding errors. */
  #limited(sample: number): number {
    return Math.max(-this.#outputCeiling, Math.min(sample, this.#outputCeiling));
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
    if (
      this.#requiredCount > 0 &&
      (this.#requiredAt[this.#requiredFirst] as number) <= this.#now - queueLength
    ) {
      this.#requiredFirst = this.#slot(1);
      this.#requiredCount--;
    }
  }

  #slot(index: number): number {
    return (this.#requiredFirst + index) % queueLength;
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
