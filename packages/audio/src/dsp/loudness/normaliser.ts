import { sampleRate } from "../format.ts";
import { LoudnessMeter } from "./loudness-meter.ts";

/** Target loudness in LUFS; gains in tags refer to the same level. */
const reference = -18;
/** Interval between gain adjustments, in samples: 100 ms. */
const interval = sampleRate / 10;
/** Maximum gain in dB that is accepted from a tag; larger ones are errors. */
const maxChangeDb = 24;

/** Options of {@link Normaliser}. */
export interface NormaliserOptions {
  /** Maximum boost in dB of tracks without a gain in their tags. Default: 6. */
  readonly maxBoostDb?: number;
  /** Maximum change of the gain of such a track in dB per second. Default: 2. */
  readonly slewDbPerSecond?: number;
}

/**
 * Loudness normaliser: brings tracks to −18 LUFS, the reference of ReplayGain 2.0, by the gain in their tags,
 * or otherwise by measuring while they play and adjusting slowly. A boost can exceed full scale, so a limiter
 * should follow.
 */
export class Normaliser {
  readonly #meter: LoudnessMeter | null;
  readonly #maxBoostDb: number;
  readonly #slewDb: number;
  #gainDb: number;
  #gain: number;
  #step = 0;
  #remaining = interval;

  /** @param replayGainDb - Gain in dB that brings the track to −18 LUFS; null to measure. */
  constructor(replayGainDb: number | null, { maxBoostDb = 6, slewDbPerSecond = 2 }: NormaliserOptions = {}) {
    const known = replayGainDb !== null && Number.isFinite(replayGainDb);
    this.#meter = known ? null : new LoudnessMeter();
    this.#gainDb = known ? limited(replayGainDb, maxChangeDb) : 0;
    this.#gain = 10 ** (this.#gainDb / 20);
    this.#maxBoostDb = maxBoostDb;
    this.#slewDb = (slewDbPerSecond * interval) / sampleRate;
  }

  /** Current gain in dB. */
  get gainDb(): number {
    return this.#gainDb;
  }

  /**
   * Processes samples in place.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  process(left: Float32Array, right: Float32Array, length: number): void {
    this.#meter?.process(left, right, length);
    for (let at = 0; at < length; ) {
      const end = Math.min(at + this.#remaining, length);
      this.#remaining -= end - at;
      this.#amplify(left, right, at, end);
      at = end;
      if (this.#remaining === 0) this.#adjustGain();
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

  #adjustGain(): void {
    this.#remaining = interval;
    if (!this.#meter) return;
    const { integrated } = this.#meter;
    const wanted = Number.isFinite(integrated)
      ? Math.min(limited(reference - integrated, maxChangeDb), this.#maxBoostDb)
      : this.#gainDb;
    this.#gainDb += limited(wanted - this.#gainDb, this.#slewDb);
    this.#step = (10 ** (this.#gainDb / 20) - this.#gain) / interval;
  }
}

const limited = (value: number, largest: number): number => Math.max(-largest, Math.min(value, largest));
