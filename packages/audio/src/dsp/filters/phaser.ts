import { effectSettings } from "@asterite/andesite-protocol";
import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { flushDenormal } from "./limits.ts";
import { Oscillator } from "./oscillator.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";
import { SwitchedSetting } from "./switched-setting.ts";

const maxStages = effectSettings.phaser.stages.max;
/** Samples between two computed coefficients, which are interpolated linearly. */
const interval = 16;
/** Limit of what is fed back: far above full scale, so that only a resonance at its peak reaches it. */
const maxFedBack = 16;

/**
 * Phaser effect: a cascade of all-pass filters of first order, whose output beside the sound leaves notches where the cascade
 * turns the phase by an odd multiple of π. With the phase φ, which grows by 2π·rate/48000 per sample, all stages have the frequency
 * √(minFrequency·maxFrequency)·(maxFrequency/minFrequency)^(depth·sin φ/2). With g = tan(π·frequency/48000) and G = g/(1 + g), a
 * stage is v = G·(x − s), l = v + s, s = l + v and y = 2·l − x (a trapezoidal integrator, stable while g changes). Into the cascade
 * goes x + feedback·y of the sample before. Output: x + mix·(y − x); the notches are deepest at a mix of 0.5.
 */
export class Phaser extends RampedFilter {
  /** 0 passes the samples unchanged. */
  readonly #mix = new Ramp(0);
  readonly #feedback = new Ramp(0);
  readonly #depth = new Ramp(0);
  /** Logarithm of the middle frequency. */
  readonly #middle = new Ramp(0);
  /** Logarithm of the ratio of the highest and the middle frequency. */
  readonly #range = new Ramp(0);
  readonly #settings = [this.#feedback, this.#depth, this.#middle, this.#range];
  protected readonly ramps = [this.#mix, ...this.#settings];
  readonly #stages = new SwitchedSetting(maxStages);
  /** Advances by one step per {@link interval}. */
  readonly #oscillator = new Oscillator();
  readonly #left = new Float64Array(maxStages);
  readonly #right = new Float64Array(maxStages);
  #lastLeft = 0;
  #lastRight = 0;
  /** G, its increment per sample, and the samples until the next one is computed. */
  #share = 0;
  #step = 0;
  #remaining = 0;
  #isFresh = true;

  /** Applies settings. */
  configure(settings: FilterValues["phaser"], enabled: boolean): void {
    if (enabled) {
      const { minFrequency, maxFrequency } = settings;
      this.#oscillator.tune(settings.rate * interval);
      this.#stages.set(settings.stages);
      this.#feedback.target = settings.feedback;
      this.#depth.target = settings.depth;
      this.#middle.target = Math.log(minFrequency * maxFrequency) / 2;
      this.#range.target = Math.log(maxFrequency / minFrequency) / 2;
      if (this.isIdle) {
        this.#stages.finish();
        for (const ramp of this.#settings) ramp.finish();
      }
    }
    this.#mix.target = enabled ? settings.mix : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const stages = this.#stages;
    stages.advance();
    const { step: stepMix } = this.#mix;
    const { step: stepFeedback } = this.#feedback;
    let mix = this.#mix.value;
    let feedback = this.#feedback.value;
    let lastLeft = this.#lastLeft;
    let lastRight = this.#lastRight;
    for (let index = start; index < end; index++) {
      mix += stepMix;
      feedback += stepFeedback;
      if (this.#remaining === 0) this.#tune(index - start);
      this.#remaining--;
      this.#share += this.#step;
      if (stages.share < 1) stages.share = Math.min(1, stages.share + stages.step);
      const l = left[index] as number;
      const r = right[index] as number;
      lastLeft = turned(this.#left, limited(l + feedback * lastLeft), this.#share, stages);
      lastRight = turned(this.#right, limited(r + feedback * lastRight), this.#share, stages);
      left[index] = l + mix * (lastLeft - l);
      right[index] = r + mix * (lastRight - r);
    }
    this.#mix.value = mix;
    this.#feedback.value = feedback;
    for (const ramp of [this.#depth, this.#middle, this.#range]) ramp.value += ramp.step * (end - start);
    this.#lastLeft = flushDenormal(lastLeft);
    this.#lastRight = flushDenormal(lastRight);
    for (const states of [this.#left, this.#right]) {
      for (let stage = 0; stage < maxStages; stage++) states[stage] = flushDenormal(states[stage] as number);
    }
  }

  protected clearState(): void {
    this.#left.fill(0);
    this.#right.fill(0);
    this.#lastLeft = 0;
    this.#lastRight = 0;
    this.#remaining = 0;
    this.#isFresh = true;
    this.#stages.finish();
    this.#oscillator.reset();
  }

  /** Computes the coefficient at the end of the next interval, `offset` samples after the start of the block. */
  #tune(offset: number): void {
    const sine = this.#oscillator.next(1)[0] as number;
    const at = (ramp: Ramp): number => ramp.value + ramp.step * offset;
    const frequency = Math.exp(at(this.#middle) + at(this.#range) * at(this.#depth) * sine);
    const g = Math.tan((Math.PI * frequency) / sampleRate);
    const share = g / (1 + g);
    if (this.#isFresh) this.#share = share;
    this.#isFresh = false;
    this.#step = (share - this.#share) / interval;
    this.#remaining = interval;
  }
}

const limited = (sample: number): number => Math.max(-maxFedBack, Math.min(sample, maxFedBack));

/** Returns a sample after the all-pass filters, whose states are changed. */
function turned(states: Float64Array, sample: number, share: number, stages: SwitchedSetting): number {
  const { to } = stages;
  const from = stages.share < 1 ? stages.from : to;
  let old = 0;
  let output = 0;
  let x = sample;
  for (let stage = 1; stage <= from || stage <= to; stage++) {
    const state = states[stage - 1] as number;
    const v = (x - state) * share;
    const low = v + state;
    states[stage - 1] = low + v;
    x = 2 * low - x;
    if (stage === from) old = x;
    if (stage === to) output = x;
  }
  return old + (output - old) * stages.share;
}
