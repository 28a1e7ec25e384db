import { frameSlots } from "../sbr/qmf.ts";
import { type BandLayout, bandLayouts } from "./band-layout.ts";
import { maxStereoBands } from "./stereo-data.ts";

/** Coefficients, delays in slots and fractional delays of the stages of the all-pass filter (tables 8.39 and 8.42). */
const stages = [
  { coefficient: 0.65143905753106, delay: 3, fraction: 0.43 },
  { coefficient: 0.56471812200776, delay: 4, fraction: 0.75 },
  { coefficient: 0.48954165955695, delay: 5, fraction: 0.347 },
] as const;
/** Fractional delay, and delay in slots, in front of the stages. */
const inputFraction = 0.39;
const inputDelay = 2;
const [longDelay, shortDelay] = [14, 1];
/** How much the all-pass filter fades with each band. */
const decaySlope = 0.05;
/** Decay of the peak of the energy, weight of a new value in means, and ratio of peak and mean of a transient. */
const [peakDecay, meanWeight, transientRatio] = [0.76592833836465, 0.25, 1.5];

const maxBands = bandLayouts.fine.count;
/** Slots of history that a stage keeps: the longest delay. */
const history = longDelay;

/** Narrow bands of a frame, {@link frameSlots} numbers of each. */
export interface NarrowBands {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

export const narrowBands = (): NarrowBands => ({
  real: new Float64Array(maxBands * frameSlots),
  imaginary: new Float64Array(maxBands * frameSlots),
});

/** A delay line of complex numbers: what went before the frame, and the frame. */
class DelayLine {
  readonly real = new Float64Array(history + frameSlots);
  readonly imaginary = new Float64Array(history + frameSlots);

  /** Makes room for the next frame. */
  advance(): void {
    this.real.copyWithin(0, frameSlots);
    this.imaginary.copyWithin(0, frameSlots);
  }

  clear(): void {
    this.real.fill(0);
    this.imaginary.fill(0);
  }
}

/** Makes from the bands of one channel others that sound alike and have no common phase (ISO/IEC 14496-3, 8.6.4.5). */
export class Decorrelator {
  readonly #inputs = Array.from({ length: maxBands }, () => new DelayLine());
  readonly #stages = Array.from({ length: maxBands }, () => stages.map(() => new DelayLine()));
  readonly #peaks = new Float64Array(maxStereoBands);
  readonly #means = new Float64Array(maxStereoBands);
  readonly #differences = new Float64Array(maxStereoBands);
  /** Energy of each parameter band in each slot, and then its gain. */
  readonly #gains = new Float64Array(maxStereoBands * frameSlots);

  reset(): void {
    for (const line of [...this.#inputs, ...this.#stages.flat()]) line.clear();
    for (const values of [this.#peaks, this.#means, this.#differences]) values.fill(0);
  }

  process(bands: NarrowBands, into: NarrowBands, layout: BandLayout): void {
    this.#weakenTransients(bands, layout);
    for (let band = 0; band < layout.count; band++) {
      const input = this.#inputs[band];
      if (!input) continue;
      const from = band * frameSlots;
      input.advance();
      input.real.set(bands.real.subarray(from, from + frameSlots), history);
      input.imaginary.set(bands.imaginary.subarray(from, from + frameSlots), history);
      if (band < layout.allPassEnd) this.#passAll(band, input, into, layout);
      else {
        const delay = band < layout.shortDelayStart ? longDelay : shortDelay;
        const start = history - delay;
        into.real.set(input.real.subarray(start, start + frameSlots), from);
        into.imaginary.set(input.imaginary.subarray(start, start + frameSlots), from);
      }
      const gainAt = (layout.parameters[band] ?? 0) * frameSlots;
      for (let slot = 0; slot < frameSlots; slot++) {
        const gain = this.#gains[gainAt + slot] ?? 0;
        into.real[from + slot] = gain * (into.real[from + slot] ?? 0);
        into.imaginary[from + slot] = gain * (into.imaginary[from + slot] ?? 0);
      }
    }
  }

  #passAll(band: number, input: DelayLine, into: NarrowBands, layout: BandLayout): void {
    const centre = layout.centres[band] ?? 0;
    const fade = Math.max(0, 1 - decaySlope * Math.max(0, band - layout.decayStart));
    const from = band * frameSlots;
    let turn = -Math.PI * inputFraction * centre;
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    for (let slot = 0; slot < frameSlots; slot++) {
      const x = input.real[history + slot - inputDelay] ?? 0;
      const y = input.imaginary[history + slot - inputDelay] ?? 0;
      into.real[from + slot] = x * cosine - y * sine;
      into.imaginary[from + slot] = x * sine + y * cosine;
    }
    for (const [index, { coefficient, delay, fraction }] of stages.entries()) {
      const line = this.#stages[band]?.[index];
      if (!line) continue;
      line.advance();
      turn = -Math.PI * fraction * centre;
      passStage(line, into, from, delay, coefficient * fade, Math.cos(turn), Math.sin(turn));
    }
  }

  /** Finds the gains that keep the filters from smearing transients. */
  #weakenTransients(
    { real, imaginary }: NarrowBands,
    { count, parameters, parameterBands }: BandLayout,
  ): void {
    const gains = this.#gains;
    gains.fill(0);
    for (let band = 0; band < count; band++) {
      const gainAt = (parameters[band] ?? 0) * frameSlots;
      for (let slot = 0; slot < frameSlots; slot++) {
        const x = real[band * frameSlots + slot] ?? 0;
        const y = imaginary[band * frameSlots + slot] ?? 0;
        gains[gainAt + slot] = (gains[gainAt + slot] ?? 0) + x * x + y * y;
      }
    }
    for (let band = 0; band < parameterBands; band++) {
      let peak = this.#peaks[band] ?? 0;
      let mean = this.#means[band] ?? 0;
      let difference = this.#differences[band] ?? 0;
      for (let at = band * frameSlots; at < (band + 1) * frameSlots; at++) {
        const energy = gains[at] ?? 0;
        peak = Math.max(peakDecay * peak, energy);
        mean += meanWeight * (energy - mean);
        difference += meanWeight * (peak - energy - difference);
        gains[at] = transientRatio * difference > mean ? mean / (transientRatio * difference) : 1;
      }
      this.#peaks[band] = peak;
      this.#means[band] = mean;
      this.#differences[band] = difference;
    }
  }
}

/** Passes a band through a stage of the all-pass filter in place. */
function passStage(
  { real, imaginary }: DelayLine,
  into: NarrowBands,
  from: number,
  delay: number,
  weight: number,
  cosine: number,
  sine: number,
): void {
  const { real: intoReal, imaginary: intoImaginary } = into;
  for (let slot = 0; slot < frameSlots; slot++) {
    const at = history + slot;
    const x = real[at - delay] ?? 0;
    const y = imaginary[at - delay] ?? 0;
    const turnedReal = x * cosine - y * sine;
    const turnedImaginary = x * sine + y * cosine;
    const sumReal = (intoReal[from + slot] ?? 0) + weight * turnedReal;
    const sumImaginary = (intoImaginary[from + slot] ?? 0) + weight * turnedImaginary;
    real[at] = sumReal;
    imaginary[at] = sumImaginary;
    intoReal[from + slot] = turnedReal - weight * sumReal;
    intoImaginary[from + slot] = turnedImaginary - weight * sumImaginary;
  }
}
