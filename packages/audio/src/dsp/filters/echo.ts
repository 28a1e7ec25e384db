import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { flushDenormal } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { SwitchedSetting } from "./switched-setting.ts";

/** Samples in the ring of a channel: the longest delay, 2 s. */
const ringLength = 2 * sampleRate;
const noSamples = new Float32Array(0);

/**
 * Echo effect: with the delay D in samples, the echo is e[n] = x[n−D] + feedback·e[n−D], and the output x + mix·(e − x). The
 * rings, 768 kB for both channels, exist only while the effect is on.
 */
export class Echo extends RampedFilter {
  readonly #feedback = new Ramp(0);
  /** 0 passes the samples unchanged. */
  readonly #mix = new Ramp(0);
  /** Gain of what is delayed, so that the delayed sound does not begin with a click when the effect is enabled. */
  readonly #input = new Ramp(0);
  readonly #delay = new SwitchedSetting(1);
  protected readonly ramps = [this.#mix, this.#input, this.#feedback];
  #left = noSamples;
  #right = noSamples;
  #position = 0;

  /** Applies settings. */
  configure({ delay, feedback, mix }: FilterValues["echo"], enabled: boolean): void {
    if (enabled) {
      this.#delay.set(Math.round((delay * sampleRate) / 1_000));
      this.#feedback.target = feedback;
      if (this.isIdle) {
        this.#delay.finish();
        this.#feedback.finish();
      }
    }
    this.#mix.target = enabled ? mix : 0;
    this.#input.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    if (this.#left.length === 0) this.#left = new Float32Array(ringLength);
    if (this.#right.length === 0) this.#right = new Float32Array(ringLength);
    const delay = this.#delay;
    delay.advance();
    const leftRing = this.#left;
    const rightRing = this.#right;
    const { step: stepFeedback } = this.#feedback;
    const { step: stepMix } = this.#mix;
    const { step: stepInput } = this.#input;
    let feedback = this.#feedback.value;
    let mix = this.#mix.value;
    let input = this.#input.value;
    let position = this.#position;
    let from = wrap(position - delay.from);
    let to = wrap(position - delay.to);
    let share = delay.share;
    for (let index = start; index < end; index++) {
      feedback += stepFeedback;
      mix += stepMix;
      input += stepInput;
      let echoLeft = leftRing[to] as number;
      let echoRight = rightRing[to] as number;
      if (share < 1) {
        share = Math.min(1, share + delay.step);
        echoLeft = (leftRing[from] as number) * (1 - share) + echoLeft * share;
        echoRight = (rightRing[from] as number) * (1 - share) + echoRight * share;
      }
      const l = left[index] as number;
      const r = right[index] as number;
      leftRing[position] = flushDenormal(l * input + feedback * echoLeft);
      rightRing[position] = flushDenormal(r * input + feedback * echoRight);
      left[index] = l + mix * (echoLeft - l);
      right[index] = r + mix * (echoRight - r);
      position = position + 1 === ringLength ? 0 : position + 1;
      from = from + 1 === ringLength ? 0 : from + 1;
      to = to + 1 === ringLength ? 0 : to + 1;
    }
    this.#feedback.value = feedback;
    this.#mix.value = mix;
    this.#input.value = input;
    this.#position = position;
    delay.share = share;
  }

  protected clearState(): void {
    this.#left = noSamples;
    this.#right = noSamples;
    this.#position = 0;
    this.#delay.finish();
  }
}

const wrap = (position: number): number => (position < 0 ? position + ringLength : position);
