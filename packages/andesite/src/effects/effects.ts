import { Effect, type EffectOptions, readEffect } from "./effect.ts";

/**
 * Removes what is below a frequency, by 12 dB per octave.
 *
 * `frequency`: where the level is 3 dB down, in Hz, 0 to 20,000; 0 switches it off. Default: 0.
 */
export class HighPass extends Effect<"highpass"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"highpass">) {
    super("highpass", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): HighPass {
    return new HighPass(readEffect("highpass", raw));
  }
}

/**
 * Attenuates what is louder than a threshold, so that loud and quiet passages come closer.
 *
 * - `threshold`: level above which it attenuates, in dB of full scale, −60 to 0. Default: −24.
 * - `ratio`: change of the input in dB per dB of the output above the threshold, 1 to 20; 1 attenuates nothing. Default: 1.
 * - `attack`: time constant with which the gain falls, in ms, 0.1 to 500. Default: 10.
 * - `release`: time constant with which the gain recovers, in ms, 1 to 5,000. Default: 200.
 * - `knee`: width of the transition around the threshold, in dB, 0 to 24. Default: 6.
 * - `gain`: makeup gain in dB, 0 to 24. Default: 0.
 */
export class Compressor extends Effect<"compressor"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"compressor">) {
    super("compressor", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Compressor {
    return new Compressor(readEffect("compressor", raw));
  }
}
