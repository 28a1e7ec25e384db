import { rampLength } from "../format.ts";
import { maxOutputs, type ReadPosition, readBetween } from "../resampling/interpolate.ts";
import { SampleHistory } from "../resampling/sample-history.ts";
import { rowsBetween, type SincBank, sincBank, tapsFor } from "../resampling/sinc-bank.ts";
import type { StereoQueue } from "../stereo-queue.ts";

/** Outputs over which {@link Varispeed.bypass} aligns to whole samples: 10 ms. */
const bypassLength = rampLength / 2;
/**
 * Ratios are rounded up to steps of this fraction when a bank is chosen, so that many players share few
 * banks.
 */
const bankSteps = 8;

const bankFor = (ratio: number): SincBank =>
  sincBank(rowsBetween, Math.max(Math.ceil(ratio * bankSteps) / bankSteps, 1));

/**
 * Varispeed playback: reads samples at another rate, like tape speed, so that duration and pitch change
 * together. A new ratio is reached over 20 ms, because a sudden change of pitch clicks.
 */
export class Varispeed {
  readonly #history: SampleHistory;
  readonly #position: ReadPosition;
  #bank: SincBank;
  #target: number;
  #glide = 0;
  #glideLeft = 0;

  /**
   * @param ratio - Initial ratio: input samples per output sample.
   * @param maxRatio - Largest ratio that will ever be set.
   */
  constructor(ratio: number, maxRatio: number) {
    this.#history = new SampleHistory(tapsFor(maxRatio) / 2 - 1, true);
    this.#position = { phase: 0, step: ratio };
    this.#bank = bankFor(ratio);
    this.#target = ratio;
  }

  /** Input samples per output sample; a new value is ramped. */
  set ratio(ratio: number) {
    if (ratio === this.#target) return;
    this.#target = ratio;
    this.#glide = (ratio - this.#position.step) / rampLength;
    this.#glideLeft = rampLength;
    this.#bank = bankFor(Math.max(ratio, this.#position.step));
  }

  /** Moves all samples of a queue into the history. */
  drain(input: StereoQueue): void {
    this.#history.write(input.left, input.right, input.start, input.end);
    input.clear();
  }

  /** Produces all output that the history allows. */
  produce(output: StereoQueue): void {
    if (this.#glideLeft > 0) {
      this.#glideLeft -= this.#read(output, this.#glideLeft, this.#glide);
      if (this.#glideLeft > 0) return;
      this.#position.step = this.#target;
      this.#bank = bankFor(this.#target);
    }
    if (this.#position.step === 1 && this.#position.phase === 0) this.#pass(output, this.#bank.taps / 2);
    else this.#read(output, maxOutputs(this.#history, this.#bank, this.#position.step), 0);
  }

  /** Flushes the remaining samples; the object cannot be used afterwards. */
  finish(output: StereoQueue): void {
    this.#history.finish(this.#bank.taps / 2, false);
    this.produce(output);
  }

  /**
   * Switches to unmodified samples: ramps the ratio to 1 so that the position ends on a whole sample, then
   * passes the rest unchanged. The object cannot be used afterwards.
   *
   * @returns False, without effect, if there are not enough samples yet.
   */
  bypass(output: StereoQueue): boolean {
    const { step, phase } = this.#position;
    if (step !== 1 || phase > 0) {
      const way = Math.ceil(phase + (bypassLength * (step + 1)) / 2) - phase;
      if (this.#history.at + way + this.#bank.taps >= this.#history.end) return false;
      // Steps that change linearly to 1 must add up to the distance, so the first one differs slightly from
      // the current step.
      const first = (2 * way) / bypassLength - 1;
      const glide = (1 - first) / bypassLength;
      this.#position.step = first - glide / 2;
      this.#read(output, bypassLength, glide);
      if (this.#position.phase > 0.5) this.#history.moveTo(this.#history.at + 1);
    }
    this.#pass(output, 0);
    return true;
  }

  #read(output: StereoQueue, maxCount: number, glide: number): number {
    return readBetween(this.#history, this.#bank, this.#position, output, maxCount, glide);
  }

  /** Passes samples unchanged, except for the last `withheld` ones. */
  #pass(output: StereoQueue, withheld: number): void {
    const { left, right, at, end } = this.#history;
    if (at >= end - withheld) return;
    output.write(left, right, at, end - withheld);
    this.#history.moveTo(end - withheld);
  }
}
