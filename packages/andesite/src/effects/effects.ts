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

/**
 * Sweeps notches through the spectrum.
 *
 * - `stages`: all-pass filters, an integer from 2 to 12; each two make a notch. Default: 4.
 * - `rate`: sweeps per second, 0.01 to 10. Default: 0.5.
 * - `depth`: share of the range between the frequencies that is swept, 0 to 1. Default: 1.
 * - `feedback`: share of the output that is fed back, 0 to 0.9, which sharpens the peaks between the notches. Default: 0.
 * - `minFrequency`, `maxFrequency`: limits of the sweep, in Hz, 20 to 20,000. Defaults: 200 and 2,000.
 * - `mix`: share of the processed sound, 0 to 1; 0 switches it off, and 0.5 has the deepest notches. Default: 0.
 */
export class Phaser extends Effect<"phaser"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"phaser">) {
    super("phaser", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Phaser {
    return new Phaser(readEffect("phaser", raw));
  }
}

/**
 * Adds a copy with a wavering delay, so that one voice sounds like two.
 *
 * - `rate`: frequency of the delay's oscillation, in Hz, 0.01 to 10. Default: 1.
 * - `depth`: range of the delay, 0 to 1 for 0 to 8 ms. Default: 0.5.
 * - `delay`: shortest delay in ms, 1 to 45. Default: 20.
 * - `feedback`: share of the copy that is delayed again, 0 to 0.95. Default: 0.
 * - `mix`: share of the copy, 0 to 1; 0 switches it off. Default: 0.
 */
export class Chorus extends Effect<"chorus"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"chorus">) {
    super("chorus", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Chorus {
    return new Chorus(readEffect("chorus", raw));
  }
}

/**
 * Repeats the sound, softer each time.
 *
 * - `delay`: time between two repetitions in ms, 1 to 2,000. Default: 250.
 * - `feedback`: factor from one repetition to the next, 0 to 0.95. Default: 0.4.
 * - `mix`: share of the repetitions, 0 to 1; 0 switches it off. Default: 0.
 */
export class Echo extends Effect<"echo"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"echo">) {
    super("echo", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Echo {
    return new Echo(readEffect("echo", raw));
  }
}

/**
 * Adds the reverberation of a room.
 *
 * - `decay`: time in which the reverberation of low frequencies falls by 60 dB, in ms, 300 to 10,000. Default: 1,500.
 * - `damping`: how much faster high frequencies fall, 0 to 1. Default: 0.3.
 * - `mix`: share of the reverberation, 0 to 1; 0 switches it off. Default: 0.
 */
export class Reverb extends Effect<"reverb"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"reverb">) {
    super("reverb", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Reverb {
    return new Reverb(readEffect("reverb", raw));
  }
}

/**
 * Keeps peaks, also those between samples, below a ceiling, so that boosts of filters and a volume above 100 % do not clip. It
 * follows all filters and the volume of the player.
 *
 * - `ceiling`: highest level in dB of full scale, −24 to 0; 0 switches it off, and −1 is usual. Default: 0.
 * - `release`: time constant with which the gain recovers, in ms, 1 to 5,000. Default: 120.
 */
export class Limiter extends Effect<"limiter"> {
  /** @throws InvalidTypeError, OutOfRangeError naming a setting. */
  constructor(options?: EffectOptions<"limiter">) {
    super("limiter", options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Limiter {
    return new Limiter(readEffect("limiter", raw));
  }
}
