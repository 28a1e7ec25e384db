import { StereoQueue } from "../stereo-queue.ts";
import { type SincBank, sincBank, tapsFor } from "./sinc-bank.ts";

/** Up to so many places between two samples get a row of their own; beyond, values between rows are used. */
const mostRows = 640;
/** Rows where values between them are used: the error of that is below −100 dB. */
const rowsBetween = 256;
/** Filters for steps above 1 come in steps of this part, so that many players share few of them. */
const shrinkSteps = 8;

function greatestDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** Over so many outputs, a tunable one goes over to whole samples. */
const leaving = 128;

/** How a {@link RateConverter} begins. */
export interface RateConverterOptions {
  /**
   * Whether the input goes on from something that was heard, so that it must not begin as if out of silence:
   * what went before is made up of a mirror image. Default: false.
   */
  readonly continues?: boolean;
  /**
   * Makes it one that can be tuned: the largest input rate through output rate that it will be tuned to.
   * Default: it keeps its rates.
   */
  readonly largestShrink?: number;
}

/**
 * Reads samples of two channels at another pace, with a windowed sinc. What it is given and what comes out
 * begin at the same time, with no delay left to compensate.
 */
export class RateConverter {
  readonly #history = new StereoQueue(1024);
  /** Samples that are kept from before the one that is read at. */
  readonly #kept: number;
  readonly #tunable: boolean;
  #bank: SincBank;
  /** Index in the history of the sample that is read at. */
  #at: number;
  /** The place between it and the next, in parts of the way. */
  #phase = 0;
  /** Into how many parts the way is divided; 0 where the step is any number and the whole way is 1. */
  #parts = 0;
  /** By how many parts it goes on with every output. */
  #step = 1;
  #primed: boolean;

  /**
   * @param from - Rate of the input in Hz, or anything in proportion to it; a whole number unless tunable.
   * @param to - Rate of the output in the same unit; a whole number unless tunable.
   */
  constructor(from: number, to: number, { continues = false, largestShrink }: RateConverterOptions = {}) {
    this.#tunable = largestShrink !== undefined;
    this.#bank = this.#bankFor(from, to);
    this.#kept = (largestShrink === undefined ? this.#bank.taps : tapsFor(largestShrink)) / 2 - 1;
    this.#at = this.#kept;
    this.#history.writeSilence(this.#kept);
    this.#primed = !continues;
  }

  /** Changes the rates of a tunable one; the next output follows the last at the new pace. */
  tune(from: number, to: number): void {
    this.#bank = this.#bankFor(from, to);
  }

  /** Takes the samples from `start` up to but not including `end` without converting them yet. */
  take(left: Float32Array, right: Float32Array, start: number, end: number): void {
    this.#history.write(left, right, start, end);
  }

  /** Converts the samples from `start` up to but not including `end`, as far as what follows is known. */
  convert(left: Float32Array, right: Float32Array, start: number, end: number, output: StereoQueue): void {
    this.#history.write(left, right, start, end);
    this.#produce(output);
  }

  /**
   * Brings out the rest. Afterwards as many samples have come out as fit into the time of the input, one more
   * where it ends between two.
   *
   * @param continues - Whether something follows, so that the input must not end in silence.
   */
  finish(output: StereoQueue, continues = false): void {
    const half = this.#bank.taps / 2;
    const length = this.#history.length - this.#kept;
    if (length <= 0 && !this.#primed) return;
    this.#history.writeSilence(half);
    if (continues) this.#mirror(this.#history.end - half - 1, 1, half);
    this.#produce(output);
  }

  /**
   * Goes over to samples as they are: reads on so that it comes to lie on a whole sample, and brings out the
   * rest untouched. Only for a tunable one, and the last thing to be done with it.
   */
  leave(output: StereoQueue): void {
    this.#bank = this.#bankFor(1, 1);
    if (this.#phase > 0 && this.#at + leaving + this.#bank.taps < this.#history.length) {
      this.#prime();
      this.#step = 1 + (1 - this.#phase) / leaving;
      const from = output.reserve(leaving);
      output.commit(this.#between(output, from, leaving));
    }
    const { left, right, start, end } = this.#history;
    output.write(left, right, start + Math.min(this.#at + Math.round(this.#phase), end - start), end);
    this.#history.clear();
  }

  /** Finds the coefficients, and how to go through them. */
  #bankFor(from: number, to: number): SincBank {
    const divisor = this.#tunable ? 0 : greatestDivisor(from, to);
    if (divisor > 0 && to / divisor <= mostRows) {
      this.#parts = to / divisor;
      this.#step = from / divisor;
      return sincBank(this.#parts, Math.max(from / to, 1));
    }
    this.#parts = 0;
    this.#step = from / to;
    return sincBank(rowsBetween, Math.max(Math.ceil((from / to) * shrinkSteps) / shrinkSteps, 1));
  }

  #produce(output: StereoQueue): void {
    const half = this.#bank.taps / 2;
    if (this.#at + half >= this.#history.length) return;
    this.#prime();
    const step = this.#step / (this.#parts || 1);
    const most = Math.ceil((this.#history.length - half - this.#at) / step) + 1;
    const from = output.reserve(most);
    output.commit(this.#parts > 0 ? this.#exactly(output, from) : this.#between(output, from, most));
    const done = Math.min(this.#at - this.#kept, this.#history.length);
    this.#history.drop(done);
    this.#at -= done;
  }

  /** One row for every place that there is. */
  #exactly(output: StereoQueue, from: number): number {
    const { rows, taps } = this.#bank;
    const half = taps / 2;
    const { left, right, start, end } = this.#history;
    const outLeft = output.left;
    const outRight = output.right;
    const parts = this.#parts;
    const stepWhole = Math.floor(this.#step / parts);
    const stepParts = this.#step % parts;
    let at = start + this.#at;
    let phase = this.#phase;
    let to = from;
    for (; at + half < end; to++) {
      let l0 = 0;
      let r0 = 0;
      let l1 = 0;
      let r1 = 0;
      let sample = at - half + 1;
      let tap = phase * taps;
      for (const last = tap + taps; tap < last; tap += 4, sample += 4) {
        const c0 = rows[tap] as number;
        const c1 = rows[tap + 1] as number;
        const c2 = rows[tap + 2] as number;
        const c3 = rows[tap + 3] as number;
        l0 += c0 * (left[sample] as number) + c2 * (left[sample + 2] as number);
        r0 += c0 * (right[sample] as number) + c2 * (right[sample + 2] as number);
        l1 += c1 * (left[sample + 1] as number) + c3 * (left[sample + 3] as number);
        r1 += c1 * (right[sample + 1] as number) + c3 * (right[sample + 3] as number);
      }
      outLeft[to] = l0 + l1;
      outRight[to] = r0 + r1;
      at += stepWhole;
      phase += stepParts;
      if (phase >= parts) {
        phase -= parts;
        at++;
      }
    }
    this.#at = at - start;
    this.#phase = phase;
    return to - from;
  }

  /** A straight line between the two nearest rows, for steps of any length. */
  #between(output: StereoQueue, from: number, most: number): number {
    const { rows, taps, phases } = this.#bank;
    const half = taps / 2;
    const { left, right, start, end } = this.#history;
    const outLeft = output.left;
    const outRight = output.right;
    const step = this.#step;
    let at = start + this.#at;
    let phase = this.#phase;
    let to = from;
    if (step === 1 && phase === 0) {
      // Nothing lies between samples, so that they can stay as they are.
      for (const last = from + most; at + half < end && to < last; to++, at++) {
        outLeft[to] = left[at] as number;
        outRight[to] = right[at] as number;
      }
    }
    for (const last = from + most; at + half < end && to < last; to++) {
      const row = Math.floor(phase * phases);
      const share = phase * phases - row;
      let l0 = 0;
      let r0 = 0;
      let l1 = 0;
      let r1 = 0;
      let sample = at - half + 1;
      let tap = row * taps;
      for (const last = tap + taps; tap < last; tap += 2, sample += 2) {
        const low0 = rows[tap] as number;
        const low1 = rows[tap + 1] as number;
        const c0 = low0 + share * ((rows[tap + taps] as number) - low0);
        const c1 = low1 + share * ((rows[tap + taps + 1] as number) - low1);
        l0 += c0 * (left[sample] as number);
        r0 += c0 * (right[sample] as number);
        l1 += c1 * (left[sample + 1] as number);
        r1 += c1 * (right[sample + 1] as number);
      }
      outLeft[to] = l0 + l1;
      outRight[to] = r0 + r1;
      phase += step;
      const whole = Math.floor(phase);
      phase -= whole;
      at += whole;
    }
    this.#at = at - start;
    this.#phase = phase;
    return to - from;
  }

  /** Makes up what went before the beginning, if something did. */
  #prime(): void {
    if (this.#primed) return;
    this.#primed = true;
    this.#mirror(this.#history.start + this.#kept, -1, Math.min(this.#kept, this.#bank.taps / 2));
  }

  /**
   * Fills in samples before or behind one by turning the picture round it, so that level and slope go on.
   *
   * @param pivot - Index of it in the arrays of the history.
   * @param direction - −1 for those before, 1 for those behind.
   */
  #mirror(pivot: number, direction: -1 | 1, count: number): void {
    const { left, right, start, end } = this.#history;
    for (const samples of [left, right]) {
      const middle = samples[pivot] as number;
      for (let distance = 1; distance <= count; distance++) {
        const source = Math.min(Math.max(pivot - direction * distance, start), end - 1);
        samples[pivot + direction * distance] = 2 * middle - (samples[source] as number);
      }
    }
  }
}
