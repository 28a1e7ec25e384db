import type { BitReader } from "../../../bit-reader.ts";

/** Parameters that hold for many frames (`sbr_header`, ISO/IEC 14496-3, 4.4.2.8). */
export interface SbrHeader {
  /** Whether envelopes are coded in steps of 3 dB instead of 1.5 dB. */
  readonly isCoarse: boolean;
  /** Index of the lowest band of the master table. */
  readonly start: number;
  /** Index of the end of the master table. */
  readonly stop: number;
  /** Bands of the master table below the replicated range. */
  readonly crossover: number;
  /** 0 for bands of equal width, 1 to 3 for 12, 10 or 8 of them in an octave. */
  readonly scale: number;
  /** Whether bands are wider, in the upper of two regions if they have a part of an octave. */
  readonly isAltered: boolean;
  /** Bands of noise in an octave; 0 for one band. */
  readonly noiseBands: number;
  /** Index of the number of bands of the limiter in an octave; 0 for one band. */
  readonly limiterBands: number;
  /** Index of the largest gain of the limiter. */
  readonly limiterGain: number;
  /** Whether the energy before adjusting is measured for each band of the filter bank. */
  readonly isInterpolated: boolean;
  /** Whether gains change over four slots. */
  readonly isSmoothed: boolean;
}

/** Reads a header. */
export function readSbrHeader(reader: BitReader): SbrHeader {
  const isCoarse = reader.read(1) === 1;
  const start = reader.read(4);
  const stop = reader.read(4);
  const crossover = reader.read(3);
  reader.position += 2;
  const [hasBands, hasLimiter] = [reader.read(1) === 1, reader.read(1) === 1];
  const bands = hasBands
    ? { scale: reader.read(2), isAltered: reader.read(1) === 1, noiseBands: reader.read(2) }
    : { scale: 2, isAltered: true, noiseBands: 2 };
  const limiter = hasLimiter
    ? {
        limiterBands: reader.read(2),
        limiterGain: reader.read(2),
        isInterpolated: reader.read(1) === 1,
        isSmoothed: reader.read(1) === 0,
      }
    : { limiterBands: 2, limiterGain: 2, isInterpolated: true, isSmoothed: false };
  return { isCoarse, start, stop, crossover, ...bands, ...limiter };
}

/** Whether two headers divide the spectrum in the same bands. */
export const haveSameBands = (one: SbrHeader, other: SbrHeader): boolean =>
  one.start === other.start &&
  one.stop === other.stop &&
  one.crossover === other.crossover &&
  one.scale === other.scale &&
  one.isAltered === other.isAltered &&
  one.noiseBands === other.noiseBands;
