import type { StereoQueue } from "../stereo-queue.ts";
import { type ExactPace, mostOutputs, type Pace, readBetween, readExactly } from "./interpolate.ts";
import { SampleHistory } from "./sample-history.ts";
import { rowsBetween, type SincBank, sincBank } from "./sinc-bank.ts";

/** Up to so many places between two samples get a row of their own; beyond, values between rows are used. */
const mostRows = 640;

function greatestDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/**
 * Turns stereo of one rate into another, with a windowed sinc. What it is given and what comes out begin at
 * the same time, with no delay left to compensate.
 */
export class RateConverter {
  readonly #history: SampleHistory;
  readonly #bank: SincBank;
  readonly #pace: Pace;
  /** Null where there are too many places between samples for rows of their own. */
  readonly #exactPace: ExactPace | null;

  /**
   * @param from - Rate of the input in Hz: a whole number.
   * @param to - Rate of the output in Hz: a whole number.
   * @param continues - Whether the input goes on from something that was heard.
   */
  constructor(from: number, to: number, continues: boolean) {
    const divisor = greatestDivisor(from, to);
    const places = to / divisor;
    const exact = places <= mostRows;
    this.#bank = sincBank(exact ? places : rowsBetween, Math.max(from / to, 1));
    this.#pace = { phase: 0, step: from / to };
    this.#exactPace = exact ? { row: 0, rowsPerOutput: from / divisor } : null;
    this.#history = new SampleHistory(this.#bank.taps / 2 - 1, continues);
  }

  /** Converts the samples from `start` up to but not including `end`, as far as what follows is known. */
  convert(left: Float32Array, right: Float32Array, start: number, end: number, output: StereoQueue): void {
    this.#history.write(left, right, start, end);
    this.#read(output);
  }

  /**
   * Brings out the rest, and is the last thing to be done with it. Then as many samples have come out as fit
   * into the time of the input, one more where it ends between two.
   *
   * @param continues - Whether something follows, so that the input must not end in silence.
   */
  finish(output: StereoQueue, continues: boolean): void {
    if (this.#history.empty) return;
    this.#history.finish(this.#bank.taps / 2, continues);
    this.#read(output);
  }

  #read(output: StereoQueue): void {
    if (this.#exactPace) readExactly(this.#history, this.#bank, this.#exactPace, output);
    else {
      const most = mostOutputs(this.#history, this.#bank, this.#pace.step);
      readBetween(this.#history, this.#bank, this.#pace, output, most, 0);
    }
  }
}
