import { sampleRate } from "../format.ts";
import { KWeighting } from "./k-weighting.ts";

/** Hop of 100 ms; a block is four hops, 400 ms. */
const hop = sampleRate / 10;
const hopsInBlock = 4;
/** Absolute gate in LUFS. */
const absoluteGate = -70;
/** Relative gate in LU below the mean of all blocks above the absolute gate. */
const relativeGate = 10;
/** Upper end of the histogram in LUFS. */
const maxLoudness = 10;
const binsInUnit = 10;
const bins = (maxLoudness - absoluteGate) * binsInUnit;

const loudness = (power: number): number => -0.691 + 10 * Math.log10(power);

/**
 * Gated integrated loudness of a track, measured while it plays (ITU-R BS.1770-4 for stereo, as in EBU R
 * 128). Blocks are counted in a histogram of tenths of a unit, which takes 13 kB for any length; the rounding
 * affects only blocks right at the gate.
 */
export class LoudnessMeter {
  readonly #left = new KWeighting();
  readonly #right = new KWeighting();
  readonly #hops = new Float64Array(hopsInBlock);
  readonly #counts = new Float64Array(bins);
  readonly #powers = new Float64Array(bins);
  #hopCount = 0;
  #energy = 0;
  #filled = 0;

  /** Integrated loudness so far in LUFS; −∞ if no block is above the gates. */
  get integrated(): number {
    const all = this.#meanFrom(0);
    if (all === 0) return Number.NEGATIVE_INFINITY;
    const gate = loudness(all) - relativeGate;
    return loudness(this.#meanFrom(Math.max(Math.ceil((gate - absoluteGate) * binsInUnit), 0)));
  }

  /**
   * Measures samples.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    for (let at = 0; at < length; ) {
      const end = Math.min(at + hop - this.#filled, length);
      this.#energy += this.#left.energy(left, at, end) + this.#right.energy(right, at, end);
      this.#filled += end - at;
      at = end;
      if (this.#filled === hop) this.#endHop();
    }
  }

  /** Clears all state, for another track. */
  reset(): void {
    this.#left.reset();
    this.#right.reset();
    this.#counts.fill(0);
    this.#powers.fill(0);
    this.#hopCount = 0;
    this.#energy = 0;
    this.#filled = 0;
  }

  #endHop(): void {
    this.#hops[this.#hopCount % hopsInBlock] = this.#energy / hop;
    this.#hopCount++;
    this.#energy = 0;
    this.#filled = 0;
    if (this.#hopCount < hopsInBlock) return;
    let power = 0;
    for (const energy of this.#hops) power += energy / hopsInBlock;
    const bin = Math.floor((loudness(power) - absoluteGate) * binsInUnit);
    if (bin < 0) return;
    const kept = Math.min(bin, bins - 1);
    this.#counts[kept] = (this.#counts[kept] as number) + 1;
    this.#powers[kept] = (this.#powers[kept] as number) + power;
  }

  /** Returns the mean power of the blocks in a bin and above; 0 if there are none. */
  #meanFrom(first: number): number {
    let count = 0;
    let power = 0;
    for (let bin = first; bin < bins; bin++) {
      count += this.#counts[bin] as number;
      power += this.#powers[bin] as number;
    }
    return count === 0 ? 0 : power / count;
  }
}
