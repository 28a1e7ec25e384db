import type { StereoQueue } from "../stereo-queue.ts";
import {
  type ExactReadPosition,
  maxOutputs,
  type ReadPosition,
  readBetween,
  readExactly,
} from "./interpolate.ts";
import { SampleHistory } from "./sample-history.ts";
import { rowsBetween, type SincBank, sincBank } from "./sinc-bank.ts";

/**
 * Maximum number of fractional positions with a row each; above it, coefficients are interpolated between
 * rows.
 */
const maxRows = 640;

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/**
 * Converts stereo between two fixed rates with a windowed sinc. Input and output start at the same time; the
 * filter adds no delay.
 */
export class RateConverter {
  readonly #history: SampleHistory;
  readonly #bank: SincBank;
  readonly #position: ReadPosition;
  /** Null when the ratio has more fractional positions than {@link maxRows}. */
  readonly #exactPosition: ExactReadPosition | null;

  /**
   * @param from - Input rate in Hz, an integer.
   * @param to - Output rate in Hz, an integer.
   * @param continues - Whether the input continues earlier audible samples.
   */
  constructor(from: number, to: number, continues: boolean) {
    const divisor = greatestCommonDivisor(from, to);
    const places = to / divisor;
    const exact = places <= maxRows;
    this.#bank = sincBank(exact ? places : rowsBetween, Math.max(from / to, 1));
    this.#position = { phase: 0, step: from / to };
    this.#exactPosition = exact ? { row: 0, rowsPerOutput: from / divisor } : null;
    this.#history = new SampleHistory(this.#bank.taps / 2 - 1, continues);
  }

  /**
   * Converts the samples from `start` (inclusive) to `end` (exclusive), as far as the following samples are
   * known.
   */
  convert(left: Float32Array, right: Float32Array, start: number, end: number, output: StereoQueue): void {
    this.#history.write(left, right, start, end);
    this.#read(output);
  }

  /**
   * Flushes the remaining samples; the converter cannot be used afterwards. The total output covers the
   * duration of the input, rounded up to a whole sample.
   *
   * @param continues - Whether more samples follow at another rate, so that the input must not end in
   *   silence.
   */
  finish(output: StereoQueue, continues: boolean): void {
    if (this.#history.isEmpty) return;
    this.#history.finish(this.#bank.taps / 2, continues);
    this.#read(output);
  }

  #read(output: StereoQueue): void {
    if (this.#exactPosition) readExactly(this.#history, this.#bank, this.#exactPosition, output);
    else {
      const maxCount = maxOutputs(this.#history, this.#bank, this.#position.step);
      readBetween(this.#history, this.#bank, this.#position, output, maxCount, 0);
    }
  }
}
