import { filterBands, maxNoiseBands, type SbrBands } from "./frequency-bands.ts";
import { coreBands, frameSlots } from "./qmf.ts";

/** Slots that the adjuster lies behind the generator. */
export const adjusterDelay = 2;
/** Slots of the frame before that the generator works on. */
export const generatorDelay = 8;
/** Slots of the bands of the core that a frame works on. */
export const workingSlots = frameSlots + generatorDelay;

/** Strength of the inverse filter by that of the frame before and that of this one. */
const strengths: readonly (readonly number[])[] = [
  [0, 0.6, 0.9, 0.98],
  [0.6, 0.75, 0.9, 0.98],
  [0, 0.75, 0.9, 0.98],
  [0, 0.75, 0.9, 0.98],
];
const [minStrength, maxStrength] = [0.015625, 0.99609375];
/** Square of the magnitude from which a coefficient of prediction is not used. */
const maxPrediction = 16;
/** Slots over which the bands of the core are correlated. */
const correlatedSlots = frameSlots + 6;

/** Complex numbers of the bands of the filter bank, slot after slot. */
export interface BandSamples {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Copies bands of the core upwards and flattens them (ISO/IEC 14496-3, 4.6.18.6). */
export class HighGenerator {
  readonly #strengths = new Float64Array(maxNoiseBands);
  readonly #filters = new Uint8Array(maxNoiseBands);
  /** Real and imaginary part of both coefficients of prediction of each band of the core. */
  readonly #predictions = new Float64Array(4 * coreBands);

  reset(): void {
    this.#strengths.fill(0);
    this.#filters.fill(0);
  }

  /**
   * Fills the replicated bands.
   *
   * @param filters - Strength of the inverse filter in each band of noise.
   * @param from - First slot, and `to` the slot after the last, without {@link adjusterDelay}.
   */
  generate(
    low: BandSamples,
    high: BandSamples,
    bands: SbrBands,
    filters: Uint8Array,
    from: number,
    to: number,
  ): void {
    this.#strengthen(filters, bands.noise.length - 1);
    const sources = bands.patches.map(({ source }) => source);
    const ends = bands.patches.map(({ source, count }) => source + count);
    for (let band = Math.min(...sources); band < Math.max(...ends); band++)
      predict(low.real, low.imaginary, band, this.#predictions);
    let noiseBand = 0;
    for (const { source, target, count } of bands.patches)
      for (let index = 0; index < count; index++) {
        const band = source + index;
        const into = target + index;
        while (noiseBand + 2 < bands.noise.length && (bands.noise[noiseBand + 1] ?? 0) <= into) noiseBand++;
        const strength = this.#strengths[noiseBand] ?? 0;
        copyBand(
          low,
          high,
          band,
          into,
          strength,
          this.#predictions,
          from + adjusterDelay,
          to + adjusterDelay,
        );
      }
  }

  /** Follows the strengths of the inverse filters, slower where they fall. */
  #strengthen(filters: Uint8Array, count: number): void {
    for (let band = 0; band < count; band++) {
      const wanted = strengths[this.#filters[band] ?? 0]?.[filters[band] ?? 0] ?? 0;
      const before = this.#strengths[band] ?? 0;
      const weight = wanted < before ? 0.75 : 0.90625;
      const strength = weight * wanted + (1 - weight) * before;
      this.#strengths[band] = strength < minStrength ? 0 : Math.min(strength, maxStrength);
      this.#filters[band] = filters[band] ?? 0;
    }
  }
}

/** Predicts a band of the core from its two slots before, by the covariance method. */
function predict(real: Float64Array, imaginary: Float64Array, band: number, into: Float64Array): void {
  // Products of the slots that are 0 to 2 apart, of the newest (`a`), the middle (`b`) and the oldest slot (`c`).
  let [middle, oldest] = [0, 0];
  let [abReal, abImaginary, bcReal, bcImaginary, acReal, acImaginary] = [0, 0, 0, 0, 0, 0];
  let [cr, ci] = [real[band] ?? 0, imaginary[band] ?? 0];
  let [br, bi] = [real[coreBands + band] ?? 0, imaginary[coreBands + band] ?? 0];
  for (let slot = 0; slot < correlatedSlots; slot++) {
    const at = (slot + 2) * coreBands + band;
    const ar = real[at] ?? 0;
    const ai = imaginary[at] ?? 0;
    middle += br * br + bi * bi;
    oldest += cr * cr + ci * ci;
    abReal += ar * br + ai * bi;
    abImaginary += ai * br - ar * bi;
    bcReal += br * cr + bi * ci;
    bcImaginary += bi * cr - br * ci;
    acReal += ar * cr + ai * ci;
    acImaginary += ai * cr - ar * ci;
    cr = br;
    ci = bi;
    br = ar;
    bi = ai;
  }
  const determinant = oldest * middle - (bcReal * bcReal + bcImaginary * bcImaginary) / (1 + 1e-6);
  let [firstReal, firstImaginary, secondReal, secondImaginary] = [0, 0, 0, 0];
  if (determinant !== 0) {
    secondReal = (abReal * bcReal - abImaginary * bcImaginary - acReal * middle) / determinant;
    secondImaginary = (abReal * bcImaginary + abImaginary * bcReal - acImaginary * middle) / determinant;
  }
  if (middle !== 0) {
    firstReal = -(abReal + secondReal * bcReal + secondImaginary * bcImaginary) / middle;
    firstImaginary = -(abImaginary + secondImaginary * bcReal - secondReal * bcImaginary) / middle;
  }
  const isWild =
    firstReal * firstReal + firstImaginary * firstImaginary >= maxPrediction ||
    secondReal * secondReal + secondImaginary * secondImaginary >= maxPrediction;
  into[4 * band] = isWild ? 0 : firstReal;
  into[4 * band + 1] = isWild ? 0 : firstImaginary;
  into[4 * band + 2] = isWild ? 0 : secondReal;
  into[4 * band + 3] = isWild ? 0 : secondImaginary;
}

/** Copies a band of the core and takes from it a part of what its two slots before predict. */
function copyBand(
  low: BandSamples,
  high: BandSamples,
  band: number,
  target: number,
  strength: number,
  predictions: Float64Array,
  from: number,
  to: number,
): void {
  const { real, imaginary } = low;
  const [intoReal, intoImaginary] = [high.real, high.imaginary];
  const firstReal = strength * (predictions[4 * band] ?? 0);
  const firstImaginary = strength * (predictions[4 * band + 1] ?? 0);
  const secondReal = strength * strength * (predictions[4 * band + 2] ?? 0);
  const secondImaginary = strength * strength * (predictions[4 * band + 3] ?? 0);
  let at = from * coreBands + band;
  let place = from * filterBands + target;
  let oldReal = real[at - 2 * coreBands] ?? 0;
  let oldImaginary = imaginary[at - 2 * coreBands] ?? 0;
  let lastReal = real[at - coreBands] ?? 0;
  let lastImaginary = imaginary[at - coreBands] ?? 0;
  for (let slot = from; slot < to; slot++) {
    const x = real[at] ?? 0;
    const y = imaginary[at] ?? 0;
    intoReal[place] =
      x +
      (firstReal * lastReal - firstImaginary * lastImaginary) +
      (secondReal * oldReal - secondImaginary * oldImaginary);
    intoImaginary[place] =
      y +
      (firstReal * lastImaginary + firstImaginary * lastReal) +
      (secondReal * oldImaginary + secondImaginary * oldReal);
    oldReal = lastReal;
    oldImaginary = lastImaginary;
    lastReal = x;
    lastImaginary = y;
    at += coreBands;
    place += filterBands;
  }
}
