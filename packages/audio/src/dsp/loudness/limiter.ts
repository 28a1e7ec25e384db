import { sound } from "../filters/limits.ts";
import { sampleRate } from "../format.ts";

/** Samples by which the limiter looks ahead: 5 ms. */
const window = sampleRate / 200;
/** From here on, a gain on its way back counts as 1: −100 dB away. */
const recovered = 0.99999;

/** What a {@link Limiter} is set to. */
interface LimiterOptions {
  /** The largest sample that comes out, in dB of full scale. Default: −1. */
  readonly ceilingDb?: number;
  /** ms in which the gain comes back by two thirds after a peak. Default: 120. */
  readonly releaseMs?: number;
}

/**
 * Turns the sound down before it gets too loud, and slowly up again: no sample leaves that is above the
 * ceiling, and quieter sound stays as it is. Both channels get the same gain, so that nothing moves sideways.
 *
 * Looking ahead delays the sound by {@link Limiter.delay} samples. The gain is the lowest that any sample
 * within the look-ahead needs, averaged over the same time: so it falls in a straight line and arrives in time
 * for the peak.
 */
export class Limiter {
  /** Samples a channel that come out later than they went in. */
  static readonly delay = window - 1;

  readonly #ceiling: number;
  readonly #release: number;
  readonly #left = new Float32Array(window);
  readonly #right = new Float32Array(window);
  /** Gains that were asked for within the look-ahead and are lower than all that came later, lowest first. */
  readonly #asked = new Float64Array(window);
  readonly #askedAt = new Float64Array(window);
  #askedFirst = 0;
  #askedCount = 0;
  /** The last gains, of which the mean is used. */
  readonly #gains = new Float64Array(window).fill(1);
  #sum = window;
  #gain = 1;
  /** Samples since the gain was back at 1. */
  #calm = window;
  #now = 0;
  #position = 0;

  constructor({ ceilingDb = -1, releaseMs = 120 }: LimiterOptions = {}) {
    this.#ceiling = 10 ** (ceilingDb / 20);
    this.#release = 1 - Math.exp(-1000 / (releaseMs * sampleRate));
  }

  /**
   * Works on samples where they stand. Those that come out went in {@link Limiter.delay} samples earlier.
   *
   * @param length - Samples a channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    if (this.#calm >= window && this.#isQuiet(left, right, length)) this.#delay(left, right, length);
    else this.#limit(left, right, length);
  }

  /** Forgets everything, for a seek. */
  reset(): void {
    this.#left.fill(0);
    this.#right.fill(0);
    this.#rest();
  }

  #isQuiet(left: Float32Array, right: Float32Array, length: number): boolean {
    const ceiling = this.#ceiling;
    for (let at = 0; at < length; at++) {
      // Written so that what is no number is not quiet.
      if (!(Math.max(Math.abs(left[at] as number), Math.abs(right[at] as number)) <= ceiling)) return false;
    }
    return true;
  }

  /** What {@link Limiter.process} comes down to while the gain is 1. */
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
      const l = sound(left[at] as number);
      const r = sound(right[at] as number);
      const peak = Math.max(Math.abs(l), Math.abs(r));
      if (peak > this.#ceiling || this.#calm < window) this.#follow(peak);
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

  /** Whatever rounding does: not above the ceiling. */
  #limited(sample: number): number {
    return Math.max(-this.#ceiling, Math.min(sample, this.#ceiling));
  }

  /** Takes the gain on by a sample. */
  #follow(peak: number): void {
    this.#dropOldest();
    if (peak > this.#ceiling) this.#ask(this.#ceiling / peak);
    const lowest = this.#askedCount > 0 ? (this.#asked[this.#askedFirst] as number) : 1;
    this.#gain = lowest < this.#gain ? lowest : this.#gain + (lowest - this.#gain) * this.#release;
    if (this.#gain > recovered) {
      this.#gain = 1;
      this.#calm++;
    } else this.#calm = 0;
    const slot = this.#now % window;
    this.#sum += this.#gain - (this.#gains[slot] as number);
    this.#gains[slot] = this.#gain;
    if (this.#calm >= window) this.#rest();
  }

  #ask(gain: number): void {
    while (this.#askedCount > 0 && (this.#asked[this.#slot(this.#askedCount - 1)] as number) >= gain) {
      this.#askedCount--;
    }
    const slot = this.#slot(this.#askedCount);
    this.#asked[slot] = gain;
    this.#askedAt[slot] = this.#now;
    this.#askedCount++;
  }

  /** Drops the gain that has just left the look-ahead, if there is one: with every sample at most one does. */
  #dropOldest(): void {
    if (this.#askedCount > 0 && (this.#askedAt[this.#askedFirst] as number) <= this.#now - window) {
      this.#askedFirst = this.#slot(1);
      this.#askedCount--;
    }
  }

  #slot(index: number): number {
    return (this.#askedFirst + index) % window;
  }

  /** All gains are 1 again; sums of what was not exact are forgotten. */
  #rest(): void {
    this.#askedCount = 0;
    this.#gains.fill(1);
    this.#sum = window;
    this.#gain = 1;
    this.#calm = window;
  }
}
