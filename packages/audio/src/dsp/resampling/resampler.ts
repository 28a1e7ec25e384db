import { sampleRate } from "../format.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { type ChannelOrder, stereoShares } from "./channel-order.ts";
import { RateConverter } from "./rate-converter.ts";

/** Hz. What claims other rates is broken, and is taken for the nearest of these. */
const lowestRate = 8_000;
const highestRate = 192_000;

/** Samples that are mixed to stereo at a time. */
const portion = 1024;

/**
 * Turns decoded audio of any number of channels and any rate from 8 to 192 kHz into stereo at 48 kHz. Rate and
 * channels may change between pieces. At 48 kHz stereo passes untouched, else as many samples come out as the
 * rates say, one more or less, and nothing is delayed.
 */
export class Resampler {
  readonly #order: ChannelOrder;
  readonly #queue = new StereoQueue();
  readonly #left = new Float32Array(portion);
  readonly #right = new Float32Array(portion);
  #converter: RateConverter | null = null;
  #rate = sampleRate;
  #channels = 2;
  #shares = stereoShares(2, "wave");
  #begun = false;

  /** @param order - How more than two channels are arranged. Default: as in WAVE and FLAC. */
  constructor(order: ChannelOrder = "wave") {
    this.#order = order;
  }

  /** Samples a channel that can be read. */
  get available(): number {
    return this.#queue.length;
  }

  /**
   * Puts a decoded piece in.
   *
   * @param channels - One array of samples each, all of the same length; at least one.
   * @param rate - Hz.
   */
  write(channels: readonly Float32Array[], rate: number): void {
    this.#takeUp(rate);
    const [first, second = first] = channels;
    if (!first || !second || first.length === 0) return;
    this.#begun = true;
    if (channels.length <= 2) this.#convert(first, second, first.length);
    else this.#mixAndConvert(channels, first.length);
  }

  /**
   * Takes samples out.
   *
   * @param length - At most so many, to the start of the arrays.
   * @returns How many there were.
   */
  read(left: Float32Array, right: Float32Array, length: number): number {
    return this.#queue.read(left, right, length);
  }

  /** Brings out the rest, at the end of a track. What is written next begins anew. */
  flush(): void {
    this.#converter?.finish(this.#queue, false);
    this.#begin(false);
  }

  /** Forgets everything, for a seek. */
  reset(): void {
    this.#queue.clear();
    this.#begin(false);
  }

  #takeUp(given: number): void {
    const rate = Math.min(Math.max(Math.round(given) || sampleRate, lowestRate), highestRate);
    if (rate === this.#rate) return;
    this.#converter?.finish(this.#queue, true);
    this.#rate = rate;
    this.#begin(this.#begun);
  }

  #begin(continues: boolean): void {
    this.#begun = continues;
    this.#converter = this.#rate === sampleRate ? null : new RateConverter(this.#rate, sampleRate, continues);
  }

  #convert(left: Float32Array, right: Float32Array, length: number): void {
    if (this.#converter) this.#converter.convert(left, right, 0, length, this.#queue);
    else this.#queue.write(left, right, 0, length);
  }

  #mixAndConvert(channels: readonly Float32Array[], length: number): void {
    if (channels.length !== this.#channels) {
      this.#channels = channels.length;
      this.#shares = stereoShares(channels.length, this.#order);
    }
    const left = this.#left;
    const right = this.#right;
    for (let from = 0; from < length; from += portion) {
      const count = Math.min(portion, length - from);
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
