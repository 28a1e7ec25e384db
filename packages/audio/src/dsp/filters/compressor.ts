import type { FilterValues } from "../filter-values.ts";
import { sampleRate } from "../format.ts";
import { flushDenormal } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** dB per unit of the natural logarithm of an amplitude. */
const dbPerNeper = 20 / Math.LN10;
/** Added to levels, so that the logarithm of silence is finite: −200 dB. */
const silence = 1e-10;

/** Returns the share of the past that an exponential average with a time constant in ms keeps per sample. */
const keptShare = (timeMs: number): number => Math.exp(-1_000 / (timeMs * sampleRate));

/**
 * Compressor effect: attenuates what is louder than the threshold by the ratio, and adds the makeup gain. Both channels share
 * one gain, which preserves the stereo image.
 *
 * With o = level − threshold, in dB, and s = 1 − 1/ratio, the attenuation is 0 up to o = −knee/2, s·o from knee/2 on and
 * s·(o + knee/2)²/(2·knee) between them. Its maximum is held and decays with the time constant of the release; the gain follows
 * with that of the attack.
 */
export class Compressor extends RampedFilter {
  /** Factor of the change in dB: 0 passes the samples unchanged, 1 is the full effect. */
  readonly #amount = new Ramp(0);
  readonly #threshold = new Ramp(0);
  readonly #halfKnee = new Ramp(0);
  /** 1 − 1/ratio. */
  readonly #slope = new Ramp(0);
  readonly #gain = new Ramp(0);
  readonly #settings = [this.#threshold, this.#halfKnee, this.#slope, this.#gain];
  protected readonly ramps = [this.#amount, ...this.#settings];
  #attack = 0;
  #release = 0;
  /** Attenuation in dB, which rises at once and decays with the release. */
  #held = 0;
  /** Attenuation in dB that is applied. */
  #attenuation = 0;

  /** Applies settings. */
  configure(settings: FilterValues["compressor"], enabled: boolean): void {
    if (enabled) {
      this.#attack = keptShare(settings.attack);
      this.#release = keptShare(settings.release);
      this.#threshold.target = settings.threshold;
      this.#halfKnee.target = settings.knee / 2;
      this.#slope.target = 1 - 1 / settings.ratio;
      this.#gain.target = settings.gain;
      if (this.isIdle) for (const ramp of this.#settings) ramp.finish();
    }
    this.#amount.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const attack = this.#attack;
    const release = this.#release;
    const stepAmount = this.#amount.step;
    const stepThreshold = this.#threshold.step;
    const stepHalfKnee = this.#halfKnee.step;
    const stepSlope = this.#slope.step;
    const stepGain = this.#gain.step;
    let amount = this.#amount.value;
    let threshold = this.#threshold.value;
    let halfKnee = this.#halfKnee.value;
    let slope = this.#slope.value;
    let gain = this.#gain.value;
    let held = this.#held;
    let attenuation = this.#attenuation;
    for (let index = start; index < end; index++) {
      amount += stepAmount;
      threshold += stepThreshold;
      halfKnee += stepHalfKnee;
      slope += stepSlope;
      gain += stepGain;
      const l = left[index] as number;
      const r = right[index] as number;
      const level = dbPerNeper * Math.log(Math.max(Math.abs(l), Math.abs(r)) + silence);
      const over = level - threshold;
      let wanted = 0;
      if (over >= halfKnee) wanted = slope * over;
      else if (over > -halfKnee) wanted = (slope * (over + halfKnee) * (over + halfKnee)) / (4 * halfKnee);
      held = Math.max(wanted, wanted + (held - wanted) * release);
      attenuation = held + (attenuation - held) * attack;
      const factor = Math.exp((amount * (gain - attenuation)) / dbPerNeper);
      left[index] = l * factor;
      right[index] = r * factor;
    }
    this.#amount.value = amount;
    this.#threshold.value = threshold;
    this.#halfKnee.value = halfKnee;
    this.#slope.value = slope;
    this.#gain.value = gain;
    this.#held = flushDenormal(held);
    this.#attenuation = flushDenormal(attenuation);
  }

  protected clearState(): void {
    this.#held = 0;
    this.#attenuation = 0;
  }
}
