import { sampleRate } from "../format.ts";
import { KWeighting } from "./k-weighting.ts";

/** A block is 400 ms long, and a new one begins every 100 ms. */
const hop = sampleRate / 10;
const hopsInBlock = 4;
/** LUFS. Quieter blocks are silence. */
const absoluteGate = -70;
/** LU below the mean of all others: quieter blocks are pauses. */
const relativeGate = 10;
/** LUFS above which there is nothing more to tell apart. */
const loudest = 10;
const binsInUnit = 10;
const bins = (loudest - absoluteGate) * binsInUnit;

const loudness = (power: number): number => -0.691 + 10 * Math.log10(power);

/**
 * The loudness of a whole track as it goes by: the gated, integrated loudness of ITU-R BS.1770-4 for stereo, as
 * EBU R 128 asks for it. Blocks are kept by tenths of a unit, so that any length takes 13 kB; what that costs
 * in exactness concerns only blocks right at the gate.
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

  /** LUFS of all blocks so far that are no silence and no pause; −∞ where there is none. */
  get integrated(): number {
    const all = this.#meanFrom(0);
    if (all === 0) return Number.NEGATIVE_INFINITY;
    const gate = loudness(all) - relativeGate;
    return loudness(this.#meanFrom(Math.max(Math.ceil((gate - absoluteGate) * binsInUnit), 0)));
  }

  /**
   * Listens to samples.
   *
   * @param length - Samples a channel, from the start of the arrays.
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

  /** Forgets everything, for another track. */
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

  /** Mean power of the blocks of a bin and those above; 0 where there are none. */
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
