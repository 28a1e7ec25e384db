import { sampleRate } from "../format.ts";
import { LoudnessMeter } from "./loudness-meter.ts";

/** LUFS that the gains in tags lead to, and what tracks without one are steered to. */
const reference = -18;
/** Samples after which the gain is looked at again: 100 ms. */
const stretch = sampleRate / 10;
/** dB by which a tag may change the loudness; more is a mistake. */
const largestChange = 24;

/** What a {@link Normaliser} is set to. */
export interface NormaliserOptions {
  /** dB by which tracks without a gain of their own may be made louder. Default: 6. */
  readonly largestBoostDb?: number;
  /** dB by which the gain of such a track changes in a second. Default: 2. */
  readonly slewDbPerSecond?: number;
}

/**
 * Brings tracks to the same loudness, −18 LUFS as ReplayGain 2.0 has it: by the gain that the track brings
 * along, or else by measuring as it plays and steering slowly. Made louder, peaks may go beyond full scale, so
 * a limiter belongs behind it.
 */
export class Normaliser {
  readonly #meter: LoudnessMeter | null;
  readonly #largestBoostDb: number;
  readonly #slewDb: number;
  #gainDb: number;
  #gain: number;
  #step = 0;
  #remaining = stretch;

  /** @param replayGainDb - dB that bring the track to −18 LUFS; null to measure. */
  constructor(
    replayGainDb: number | null,
    { largestBoostDb = 6, slewDbPerSecond = 2 }: NormaliserOptions = {},
  ) {
    const known = replayGainDb !== null && Number.isFinite(replayGainDb);
    this.#meter = known ? null : new LoudnessMeter();
    this.#gainDb = known ? limited(replayGainDb, largestChange) : 0;
    this.#gain = 10 ** (this.#gainDb / 20);
    this.#largestBoostDb = largestBoostDb;
    this.#slewDb = (slewDbPerSecond * stretch) / sampleRate;
  }

  /** The gain at present, in dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /**
   * Works on samples where they stand.
   *
   * @param length - Samples a channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    this.#meter?.process(left, right, length);
    for (let at = 0; at < length; ) {
      const end = Math.min(at + this.#remaining, length);
      this.#remaining -= end - at;
      this.#amplify(left, right, at, end);
      at = end;
      if (this.#remaining === 0) this.#steer();
    }
  }

  #amplify(left: Float32Array, right: Float32Array, start: number, end: number): void {
    const step = this.#step;
    let gain = this.#gain;
    for (let at = start; at < end; at++) {
      gain += step;
      left[at] = (left[at] as number) * gain;
      right[at] = (right[at] as number) * gain;
    }
    this.#gain = gain;
  }

  #steer(): void {
    this.#remaining = stretch;
    if (!this.#meter) return;
    const { integrated } = this.#meter;
    const wanted = Number.isFinite(integrated)
      ? Math.min(limited(reference - integrated, largestChange), this.#largestBoostDb)
      : this.#gainDb;
    this.#gainDb += limited(wanted - this.#gainDb, this.#slewDb);
    this.#step = (10 ** (this.#gainDb / 20) - this.#gain) / stretch;
  }
}

const limited = (value: number, largest: number): number => Math.max(-largest, Math.min(value, largest));
