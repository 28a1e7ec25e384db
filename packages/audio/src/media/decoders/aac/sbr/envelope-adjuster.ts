import { filterBands, maxReplicated, type SbrBands } from "./frequency-bands.ts";
import { adjusterDelay } from "./high-generator.ts";
import { noiseImaginary, noiseLength, noiseReal } from "./noise-table.ts";
import type { SbrHeader } from "./sbr-header.ts";
import { frameSteps, stepSlots, type TimeGrid } from "./time-grid.ts";

/** Largest gains of the limiter by their index in the header. */
const limiterGains = [0.70795, 1, 1.41254, 1e10];
const maxGain = 1e5;
/** Most that is given back of the energy that the limiter took. */
const maxBoost = 1.584893192;
/** Keeps divisions by energies of zero finite. */
const tiny = 1e-12;
/** Weights of a gain and of the four slots before it. */
const smoothing = [1 / 3, 0.30150283239582, 0.21816949906249, 0.11516383427084, 0.03183050093751];
const smoothed = smoothing.length - 1;
/** Most slots that the envelopes of a frame reach, with the end beyond the frame. */
const maxSlots = stepSlots * (frameSteps + 3);
/** Real and imaginary part of a sinusoid in four slots. */
const sinusoidReal = [1, 0, -1, 0];
const sinusoidImaginary = [0, 1, 0, -1];

/** What holds until the next header. */
export interface SbrSettings {
  readonly header: SbrHeader;
  readonly bands: SbrBands;
  /** Borders of the bands in which gains are limited. */
  readonly limits: readonly number[];
}

/** Energies that the replicated bands shall have, by {@link maxReplicated} for each envelope. */
export interface Targets {
  readonly energies: Float64Array;
  /** Share of noise. */
  readonly noise: Float64Array;
  /** 1 for the bands of high resolution with a sinusoid. */
  readonly sinusoids: Uint8Array;
}

/** Gives the replicated bands their energies, noise and sinusoids (ISO/IEC 14496-3, 4.6.18.7). */
export class EnvelopeAdjuster {
  readonly #current = new Float64Array(maxReplicated);
  readonly #gains = new Float64Array(maxReplicated);
  readonly #noises = new Float64Array(maxReplicated);
  readonly #tones = new Float64Array(maxReplicated);
  /** Gains and noises of each slot, after those of the last slots of the frame before. */
  readonly #gainRows = new Float64Array((smoothed + maxSlots) * maxReplicated);
  readonly #noiseRows = new Float64Array((smoothed + maxSlots) * maxReplicated);
  /** 1 for bands of the filter bank where a sinusoid went on at the end of the frame before. */
  #lastTones = new Uint8Array(filterBands);
  /** Whether the frame before ended with a transient. */
  #endsTransient = false;
  #noiseAt = 0;
  #toneAt = 0;
  #isFresh = true;

  /** Forgets the frame before. */
  reset(): void {
    this.#lastTones.fill(0);
    this.#endsTransient = false;
    this.#isFresh = true;
  }

  /** Adjusts the bands of a frame in place. Each slot has 64 of them. */
  adjust(
    real: Float64Array,
    imaginary: Float64Array,
    { header, bands, limits }: SbrSettings,
    grid: TimeGrid,
    targets: Targets,
  ): void {
    const { borders, isHigh, transient } = grid;
    const tones = placeTones(bands, targets.sinusoids);
    const start = stepSlots * (borders[0] ?? 0);
    for (const [envelope, hasHigh] of isHigh.entries()) {
      const from = stepSlots * (borders[envelope] ?? 0);
      const to = stepSlots * (borders[envelope + 1] ?? 0);
      const table = hasHigh ? bands.high : bands.low;
      const isTransient = envelope === transient || (envelope === 0 && this.#endsTransient);
      this.#measure(real, imaginary, bands, header.isInterpolated ? undefined : table, from, to);
      const isOn = (band: number): boolean =>
        tones[band] === 1 && (envelope >= transient || this.#lastTones[band] === 1);
      this.#findGains(bands, table, targets, envelope * maxReplicated, isTransient, isOn);
      this.#limit(
        bands,
        limits,
        limiterGains[header.limiterGain] ?? 0,
        targets,
        envelope * maxReplicated,
        isTransient,
      );
      this.#fillRows(bands.count, from - start, to - start);
      const isSmooth = header.isSmoothed && !isTransient;
      for (let slot = from; slot < to; slot++)
        this.#apply(real, imaginary, bands, slot, slot - start, isSmooth, isTransient);
      if (envelope === isHigh.length - 1)
        this.#lastTones = Uint8Array.from(tones, (_, band) => (isOn(band) ? 1 : 0));
    }
    this.#endsTransient = transient === isHigh.length;
    const slots = stepSlots * (borders.at(-1) ?? 0) - start;
    for (const rows of [this.#gainRows, this.#noiseRows])
      rows.copyWithin(0, slots * maxReplicated, (slots + smoothed) * maxReplicated);
    this.#noiseAt = (this.#noiseAt + slots * bands.count) % noiseLength;
    this.#toneAt = (this.#toneAt + slots) % 4;
    this.#isFresh = false;
  }

  /** Measures the energies of the generated bands; the same for the bands between two borders of a given table. */
  #measure(
    real: Float64Array,
    imaginary: Float64Array,
    { first, count }: SbrBands,
    table: readonly number[] | undefined,
    from: number,
    to: number,
  ): void {
    const current = this.#current;
    current.fill(0, 0, count);
    for (let slot = from + adjusterDelay; slot < to + adjusterDelay; slot++) {
      const place = slot * filterBands + first;
      for (let band = 0; band < count; band++) {
        const x = real[place + band] ?? 0;
        const y = imaginary[place + band] ?? 0;
        current[band] = (current[band] ?? 0) + x * x + y * y;
      }
    }
    for (let band = 0; band < count; band++) current[band] = (current[band] ?? 0) / (to - from);
    for (let index = 0; table && index < table.length - 1; index++) {
      const [low, high] = [(table[index] ?? 0) - first, (table[index + 1] ?? 0) - first];
      let sum = 0;
      for (let band = low; band < high; band++) sum += current[band] ?? 0;
      current.fill(sum / (high - low), low, high);
    }
  }

  #findGains(
    { first }: SbrBands,
    table: readonly number[],
    { energies, noise }: Targets,
    at: number,
    isTransient: boolean,
    isOn: (band: number) => boolean,
  ): void {
    for (let index = 0; index < table.length - 1; index++) {
      const [low, high] = [table[index] ?? 0, table[index + 1] ?? 0];
      let hasTone = false;
      for (let band = low; band < high; band++) hasTone ||= isOn(band);
      for (let band = low; band < high; band++) {
        const place = band - first;
        const energy = energies[at + place] ?? 0;
        const share = noise[at + place] ?? 0;
        const current = 1 + (this.#current[place] ?? 0);
        this.#noises[place] = Math.sqrt((energy * share) / (1 + share));
        this.#tones[place] = isOn(band) ? Math.sqrt(energy / (1 + share)) : 0;
        this.#gains[place] = hasTone
          ? Math.sqrt(((energy / current) * share) / (1 + share))
          : Math.sqrt(energy / current / (isTransient ? 1 : 1 + share));
      }
    }
  }

  /** Limits gains by the mean of their neighbourhood, and gives its energy back to it. */
  #limit(
    { first }: SbrBands,
    limits: readonly number[],
    limit: number,
    { energies }: Targets,
    at: number,
    isTransient: boolean,
  ): void {
    const [gains, noises, tones] = [this.#gains, this.#noises, this.#tones];
    for (let index = 0; index < limits.length - 1; index++) {
      const [low, high] = [(limits[index] ?? 0) - first, (limits[index + 1] ?? 0) - first];
      let [wanted, current] = [tiny, tiny];
      for (let band = low; band < high; band++) {
        wanted += energies[at + band] ?? 0;
        current += this.#current[band] ?? 0;
      }
      const most = Math.min(limit * Math.sqrt(wanted / current), maxGain);
      let reached = tiny;
      for (let band = low; band < high; band++) {
        const gain = gains[band] ?? 0;
        if (gain > most) {
          noises[band] = ((noises[band] ?? 0) * most) / gain;
          gains[band] = most;
        }
        const limited = gains[band] ?? 0;
        const tone = tones[band] ?? 0;
        const noise = noises[band] ?? 0;
        reached += (this.#current[band] ?? 0) * limited * limited + tone * tone;
        if (tone === 0 && !isTransient) reached += noise * noise;
      }
      const boost = Math.min(Math.sqrt(wanted / reached), maxBoost);
      for (const values of [gains, noises, tones])
        for (let band = low; band < high; band++) values[band] = (values[band] ?? 0) * boost;
    }
  }

  #fillRows(count: number, from: number, to: number): void {
    for (const [rows, values] of [
      [this.#gainRows, this.#gains],
      [this.#noiseRows, this.#noises],
    ] as const) {
      const row = values.subarray(0, count);
      if (this.#isFresh && from === 0)
        for (let index = 0; index < smoothed; index++) rows.set(row, index * maxReplicated);
      for (let index = from; index < to; index++) rows.set(row, (index + smoothed) * maxReplicated);
    }
  }

  #apply(
    real: Float64Array,
    imaginary: Float64Array,
    { first, count }: SbrBands,
    slot: number,
    index: number,
    isSmooth: boolean,
    isTransient: boolean,
  ): void {
    const place = (slot + adjusterDelay) * filterBands + first;
    const phase = (this.#toneAt + index) & 3;
    const toneReal = sinusoidReal[phase] ?? 0;
    const toneImaginary = sinusoidImaginary[phase] ?? 0;
    const noiseAt = this.#noiseAt + index * count + 1;
    for (let band = 0; band < count; band++) {
      const gain = isSmooth ? smooth(this.#gainRows, index, band) : (this.#gains[band] ?? 0);
      let x = gain * (real[place + band] ?? 0);
      let y = gain * (imaginary[place + band] ?? 0);
      const tone = this.#tones[band] ?? 0;
      if (tone !== 0) {
        x += tone * toneReal;
        y += ((first + band) % 2 === 0 ? tone : -tone) * toneImaginary;
      } else if (!isTransient) {
        const noise = isSmooth ? smooth(this.#noiseRows, index, band) : (this.#noises[band] ?? 0);
        const at = (noiseAt + band) & (noiseLength - 1);
        x += noise * (noiseReal[at] ?? 0);
        y += noise * (noiseImaginary[at] ?? 0);
      }
      real[place + band] = x;
      imaginary[place + band] = y;
    }
  }
}

/** Returns the weighted mean of a value and those of the four slots before. */
function smooth(rows: Float64Array, index: number, band: number): number {
  let sum = 0;
  for (let back = 0; back <= smoothed; back++)
    sum += (rows[(index + smoothed - back) * maxReplicated + band] ?? 0) * (smoothing[back] ?? 0);
  return sum;
}

/** Returns 1 for the bands of the filter bank in the middle of those with a sinusoid. */
function placeTones({ high }: SbrBands, sinusoids: Uint8Array): Uint8Array {
  const tones = new Uint8Array(filterBands);
  for (let band = 0; band < high.length - 1; band++)
    if (sinusoids[band] === 1) tones[((high[band] ?? 0) + (high[band + 1] ?? 0)) >> 1] = 1;
  return tones;
}
