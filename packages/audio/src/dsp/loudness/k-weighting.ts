import { flushDenormal } from "../filters/limits.ts";

/** Coefficients of a second-order section. */
interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** High shelf that models the acoustic effect of the head as a sphere. */
const shelf: Section = {
  b0: 1.53512485958697,
  b1: -2.69169618940638,
  b2: 1.19839281085285,
  a1: -1.69065929318241,
  a2: 0.73248077421585,
};

/** High-pass that models the reduced sensitivity to bass. */
const highPass: Section = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 };

/**
 * K-weighting filter of one channel at 48 kHz. The coefficients are those of ITU-R BS.1770-4, annex 1, tables
 * 1 and 2.
 */
export class KWeighting {
  #shelf1 = 0;
  #shelf2 = 0;
  #highPass1 = 0;
  #highPass2 = 0;

  /** Returns the sum of squares of the weighted samples from `start` (inclusive) to `end` (exclusive). */
  energy(samples: Float32Array, start: number, end: number): number {
    let s1 = this.#shelf1;
    let s2 = this.#shelf2;
    let h1 = this.#highPass1;
    let h2 = this.#highPass2;
    let sum = 0;
    for (let at = start; at < end; at++) {
      const x = samples[at] as number;
      const y = shelf.b0 * x + s1;
      s1 = shelf.b1 * x - shelf.a1 * y + s2;
      s2 = shelf.b2 * x - shelf.a2 * y;
      const z = highPass.b0 * y + h1;
      h1 = highPass.b1 * y - highPass.a1 * z + h2;
      h2 = highPass.b2 * y - highPass.a2 * z;
      sum += z * z;
    }
    const sane = Number.isFinite(sum);
    this.#shelf1 = sane ? flushDenormal(s1) : 0;
    this.#shelf2 = sane ? flushDenormal(s2) : 0;
    this.#highPass1 = sane ? flushDenormal(h1) : 0;
    this.#highPass2 = sane ? flushDenormal(h2) : 0;
    return sane ? sum : 0;
  }

  /** Clears the filter state. */
  reset(): void {
    this.#shelf1 = 0;
    this.#shelf2 = 0;
    this.#highPass1 = 0;
    this.#highPass2 = 0;
  }
}
