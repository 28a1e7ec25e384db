import { rampLength } from "../format.ts";
import { mostOutputs, type Pace, readBetween } from "../resampling/interpolate.ts";
import { SampleHistory } from "../resampling/sample-history.ts";
import { rowsBetween, type SincBank, sincBank, tapsFor } from "../resampling/sinc-bank.ts";
import type { StereoQueue } from "../stereo-queue.ts";

/** Outputs over which it goes over to samples as they are: 10 ms. */
const leaving = rampLength / 2;
/** Banks are made for paces in steps of this part, so that many players share few of them. */
const bankSteps = 8;

const bankFor = (pace: number): SincBank =>
  sincBank(rowsBetween, Math.max(Math.ceil(pace * bankSteps) / bankSteps, 1));

/**
 * Goes through samples faster or slower, as a tape does, so that duration and pitch change. A new pace is
 * reached in 20 ms, for a sudden change of pitch is a click.
 */
export class PaceChanger {
  readonly #history: SampleHistory;
  readonly #pace: Pace;
  #bank: SincBank;
  #target: number;
  #glide = 0;
  #gliding = 0;

  /**
   * @param pace - Samples of the input that go by with one of the output.
   * @param fastest - The largest pace that it will ever have.
   */
  constructor(pace: number, fastest: number) {
    this.#history = new SampleHistory(tapsFor(fastest) / 2 - 1, true);
    this.#pace = { phase: 0, step: pace };
    this.#bank = bankFor(pace);
    this.#target = pace;
  }

  /** Sets out for another pace. */
  set pace(pace: number) {
    if (pace === this.#target) return;
    this.#target = pace;
    this.#glide = (pace - this.#pace.step) / rampLength;
    this.#gliding = rampLength;
    this.#bank = bankFor(Math.max(pace, this.#pace.step));
  }

  /** Takes all samples out of a queue. */
  take(input: StereoQueue): void {
    this.#history.write(input.left, input.right, input.start, input.end);
    input.clear();
  }

  /** Brings out what can be brought out of what was taken. */
  produce(output: StereoQueue): void {
    if (this.#gliding > 0) {
      this.#gliding -= this.#read(output, this.#gliding, this.#glide);
      if (this.#gliding > 0) return;
      this.#pace.step = this.#target;
      this.#bank = bankFor(this.#target);
    }
    if (this.#pace.step === 1 && this.#pace.phase === 0) this.#pass(output, this.#bank.taps / 2);
    else this.#read(output, mostOutputs(this.#history, this.#bank, this.#pace.step), 0);
  }

  /** Brings out the rest, as the last thing. */
  finish(output: StereoQueue): void {
    this.#history.finish(this.#bank.taps / 2, false);
    this.produce(output);
  }

  /**
   * Goes over to samples as they are, as the last thing: slides to their pace so that it comes to lie on a
   * whole sample, and brings out the rest untouched.
   *
   * @returns False, and nothing is done, where there are not enough samples for that yet.
   */
  leave(output: StereoQueue): boolean {
    const { step, phase } = this.#pace;
    if (step !== 1 || phase > 0) {
      const way = Math.ceil(phase + (leaving * (step + 1)) / 2) - phase;
      if (this.#history.at + way + this.#bank.taps >= this.#history.end) return false;
      // The sum of steps that go evenly to 1 has to be the way, so they begin a trifle off the present one.
      const first = (2 * way) / leaving - 1;
      const glide = (1 - first) / leaving;
      this.#pace.step = first - glide / 2;
      this.#read(output, leaving, glide);
      if (this.#pace.phase > 0.5) this.#history.moveTo(this.#history.at + 1);
    }
    this.#pass(output, 0);
    return true;
  }

  #read(output: StereoQueue, most: number, glide: number): number {
    return readBetween(this.#history, this.#bank, this.#pace, output, most, glide);
  }

  /** Brings out samples as they are, up to some from the end. */
  #pass(output: StereoQueue, withheld: number): void {
    const { left, right, at, end } = this.#history;
    if (at >= end - withheld) return;
    output.write(left, right, at, end - withheld);
    this.#history.moveTo(end - withheld);
  }
}
