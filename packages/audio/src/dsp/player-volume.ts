import { rampLength } from "./format.ts";

/** Factor of 1 in the fixed-point scale of the curve, which has four decimal places. */
const unit = 10_000;
const limit = 32_767;

/**
 * Returns the volume curve in ten-thousandths (section 12.4 of the protocol): floor(10000·tan(0.0079·p)) up
 * to 150 percent, floor(24621·p/150) above, and exactly 10000 at 100.
 *
 * @param percent - From 0 to 1000.
 */
function factorOf(percent: number): number {
  if (percent === 100) return unit;
  return Math.floor(percent <= 150 ? unit * Math.tan(0.0079 * percent) : (24_621 * percent) / 150);
}

const limited = (sample: number): number => Math.max(-limit, Math.min(sample, limit));

/**
 * Volume of a player, applied to 16-bit samples after all filters. Samples are multiplied and divided as
 * integers and clipped to ±32767; at 100 percent they are unchanged. A change is ramped over 20 ms.
 */
export class PlayerVolume {
  #factor: number;
  #target: number;
  #step = 0;
  #remaining = 0;

  /** @param percent - From 0 to 1000. */
  constructor(percent: number) {
    this.#factor = factorOf(percent);
    this.#target = this.#factor;
  }

  /** Whether samples pass unchanged. */
  get isNeutral(): boolean {
    return this.#remaining === 0 && this.#target === unit;
  }

  /**
   * Ramps to another volume.
   *
   * @param percent - From 0 to 1000.
   */
  set(percent: number): void {
    const target = factorOf(percent);
    if (target === this.#target) return;
    this.#target = target;
    this.#step = (target - this.#factor) / rampLength;
    this.#remaining = rampLength;
  }

  /** Processes interleaved samples in place; `length` is the number of sample pairs. */
  process(samples: Int16Array, length: number): void {
    const moving = Math.min(length, this.#remaining);
    if (moving > 0) this.#processRamp(samples, moving);
    if (this.#factor === unit) return;
    const factor = this.#factor;
    for (let at = 2 * moving; at < 2 * length; at++) {
      samples[at] = limited(Math.trunc(((samples[at] as number) * factor) / unit));
    }
  }

  /** Processes samples in place, neither rounded nor clipped, before a limiter. */
  scale(left: Float32Array, right: Float32Array, start: number, end: number): void {
    if (this.isNeutral) return;
    for (let at = start; at < end; at++) {
      if (this.#remaining > 0) {
        this.#remaining--;
        this.#factor = this.#remaining > 0 ? this.#factor + this.#step : this.#target;
      }
      left[at] = ((left[at] as number) * this.#factor) / unit;
      right[at] = ((right[at] as number) * this.#factor) / unit;
    }
  }

  #processRamp(samples: Int16Array, length: number): void {
    let factor = this.#factor;
    for (let at = 0; at < 2 * length; at += 2) {
      factor += this.#step;
      samples[at] = limited(Math.trunc(((samples[at] as number) * factor) / unit));
      samples[at + 1] = limited(Math.trunc(((samples[at + 1] as number) * factor) / unit));
    }
    this.#remaining -= length;
    this.#factor = this.#remaining > 0 ? factor : this.#target;
  }
}
