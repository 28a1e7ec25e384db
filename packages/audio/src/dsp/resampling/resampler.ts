import { sampleRate } from "../format.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { stereoShares } from "./downmix.ts";
import { RateConverter } from "./rate-converter.ts";

/**
 * Supported input rates in Hz. A file that declares a rate outside this range is damaged; the nearest limit
 * is used.
 */
const minRate = 8_000;
const maxRate = 192_000;

/** Samples mixed to stereo per step. */
const mixLength = 1024;

/**
 * Converts decoded audio of any number of channels and any rate from 8 to 192 kHz to stereo at 48 kHz. Rate
 * and channels may change between writes. Stereo at 48 kHz passes unchanged; otherwise the output has the
 * duration of the input to within one sample, without delay.
 */
export class Resampler {
  readonly #queue = new StereoQueue();
  readonly #left = new Float32Array(mixLength);
  readonly #right = new Float32Array(mixLength);
  #converter: RateConverter | null = null;
  #rate = sampleRate;
  #channels = 2;
  #shares = stereoShares(2);
  #hasInput = false;

  /** Readable samples per channel. */
  get available(): number {
    return this.#queue.length;
  }

  /**
   * Writes decoded samples.
   *
   * @param channels - One array per channel, all of the same length; at least one. More than two are in the order left,
   *   right, centre, low, back, side.
   * @param rate - Sample rate in Hz.
   */
  write(channels: readonly Float32Array[], rate: number): void {
    this.#setRate(rate);
    const [first, second = first] = channels;
    if (!first || !second || first.length === 0) return;
    this.#hasInput = true;
    if (channels.length <= 2) this.#convert(first, second, first.length);
    else this.#mixAndConvert(channels, first.length);
  }

  /**
   * Reads converted samples.
   *
   * @param length - Maximum number, copied to the start of the arrays.
   * @returns Number of samples read.
   */
  read(left: Float32Array, right: Float32Array, length: number): number {
    return this.#queue.read(left, right, length);
  }

  /** Flushes the remaining samples at the end of a track. Later samples belong to a new track. */
  flush(): void {
    this.#converter?.finish(this.#queue, false);
    this.#restart(false);
  }

  /** Drops all samples, for a seek. */
  reset(): void {
    this.#queue.clear();
    this.#restart(false);
  }

  #setRate(given: number): void {
    const rate = Math.min(Math.max(Math.round(given) || sampleRate, minRate), maxRate);
    if (rate === this.#rate) return;
    this.#converter?.finish(this.#queue, true);
    this.#rate = rate;
    this.#restart(this.#hasInput);
  }

  #restart(continues: boolean): void {
    this.#hasInput = continues;
    this.#converter = this.#rate === sampleRate ? null : new RateConverter(this.#rate, sampleRate, continues);
  }

  #convert(left: Float32Array, right: Float32Array, length: number): void {
    if (this.#converter) this.#converter.convert(left, right, 0, length, this.#queue);
    else this.#queue.write(left, right, 0, length);
  }

  #mixAndConvert(channels: readonly Float32Array[], length: number): void {
    if (channels.length !== this.#channels) {
      this.#channels = channels.length;
      this.#shares = stereoShares(channels.length);
    }
    const left = this.#left;
    const right = this.#right;
    for (let from = 0; from < length; from += mixLength) {
      const count = Math.min(mixLength, length - from);
      left.fill(0);
      right.fill(0);
      for (const [channel, [toLeft, toRight]] of this.#shares.entries()) {
        const samples = channels[channel];
        if (!samples) continue;
        for (let at = 0; at < count; at++) {
          const sample = samples[from + at] as number;
          left[at] = (left[at] as number) + sample * toLeft;
          right[at] = (right[at] as number) + sample * toRight;
        }
      }
      this.#convert(left, right, count);
    }
  }
}
