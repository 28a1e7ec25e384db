import { fromInt16, Limiter, type LimiterOptions, toInt16 } from "@asterite/audio/dsp";
import { frameSamples } from "./frame.ts";

/**
 * Limits the sum of several decks, whose own limiters know only their part. It holds one frame, because the look-ahead
 * delays the samples by a part of one.
 */
export class MixLimiter {
  readonly #limiter: Limiter;
  #left = new Float32Array(frameSamples);
  #right = new Float32Array(frameSamples);
  /** Output of the frame before, whose last samples are still in the look-ahead. */
  #heldLeft = new Float32Array(frameSamples);
  #heldRight = new Float32Array(frameSamples);
  #isHolding = false;

  constructor(options: LimiterOptions) {
    this.#limiter = new Limiter(options);
  }

  /** Changes the options for the frames that follow. */
  configure(options: LimiterOptions): void {
    this.#limiter.configure(options);
  }

  /** Exchanges a frame for the one before, limited. Returns false for the first frame, which has none before. */
  exchange(samples: Int16Array): boolean {
    fromInt16(samples, this.#left, this.#right, frameSamples);
    this.#limiter.process(this.#left, this.#right, frameSamples);
    const hasFrame = this.#isHolding;
    if (hasFrame) this.#writeHeld(samples);
    [this.#left, this.#heldLeft] = [this.#heldLeft, this.#left];
    [this.#right, this.#heldRight] = [this.#heldRight, this.#right];
    this.#isHolding = true;
    return hasFrame;
  }

  /** Writes the last frame. The limiter is of no use after that. */
  flush(samples: Int16Array): void {
    this.#left.fill(0, 0, Limiter.delay);
    this.#right.fill(0, 0, Limiter.delay);
    this.#limiter.process(this.#left, this.#right, Limiter.delay);
    this.#writeHeld(samples);
  }

  /** Writes the held frame, with its last samples from the start of the block. */
  #writeHeld(samples: Int16Array): void {
    const rest = frameSamples - Limiter.delay;
    this.#heldLeft.copyWithin(0, Limiter.delay);
    this.#heldRight.copyWithin(0, Limiter.delay);
    this.#heldLeft.set(this.#left.subarray(0, Limiter.delay), rest);
    this.#heldRight.set(this.#right.subarray(0, Limiter.delay), rest);
    toInt16(this.#heldLeft, this.#heldRight, frameSamples, samples);
  }
}
