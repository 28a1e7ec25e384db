import { rampLength } from "./format.ts";

/** What a factor of 1 is in the curve, which knows four decimal places. */
const unit = 10_000;
const limit = 32_767;

/**
 * The curve of the player's volume in ten thousandths (section 12.4 of the protocol): floor(10000·tan(0.0079·p))
 * up to 150 percent, floor(24621·p/150) above, and exactly 10000 at 100.
 *
 * @param percent - From 0 to 1000.
 */
function factorOf(percent: number): number {
  if (percent === 100) return unit;
  return Math.floor(percent <= 150 ? unit * Math.tan(0.0079 * percent) : (24_621 * percent) / 150);
}

const limited = (sample: number): number => Math.max(-limit, Math.min(sample, limit));

/**
 * The volume of a player, on 16-bit samples after all filters. Samples are multiplied and divided in whole
 * numbers and limited to ±32767; at 100 percent they stay as they are. A change takes 20 ms.
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

  /** Whether samples stay as they are. */
  get neutral(): boolean {
    return this.#remaining === 0 && this.#target === unit;
  }

  /**
   * Goes to another volume.
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

  /** Works on samples with left and right in turn; `length` is the number of pairs. */
  process(samples: Int16Array, length: number): void {
    const moving = Math.min(length, this.#remaining);
    if (moving > 0) this.#move(samples, moving);
    if (this.#factor === unit) return;
    const factor = this.#factor;
    for (let at = 2 * moving; at < 2 * length; at++) {
      samples[at] = limited(Math.trunc(((samples[at] as number) * factor) / unit));
    }
  }

  #move(samples: Int16Array, length: number): void {
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
