import { SbrChannelData } from "./channel-data.ts";
import { EnvelopeAdjuster, type SbrSettings } from "./envelope-adjuster.ts";
import { filterBands } from "./frequency-bands.ts";
import {
  adjusterDelay,
  type BandSamples,
  generatorDelay,
  HighGenerator,
  workingSlots,
} from "./high-generator.ts";
import { coreBands, frameSlots, QmfAnalysis } from "./qmf.ts";
import { ChannelTargets } from "./targets.ts";
import { stepSlots } from "./time-grid.ts";

const bandSamples = (length: number): BandSamples => ({
  real: new Float64Array(length),
  imaginary: new Float64Array(length),
});

/** Bands of the filter bank that are replicated. */
interface Range {
  readonly first: number;
  readonly count: number;
}

/** Nothing is replicated: all bands are those of the core. */
const coreOnly: Range = { first: coreBands, count: 0 };

/** Spectral band replication of one channel (ISO/IEC 14496-3, 4.6.18.5). */
export class SbrChannel {
  readonly data = new SbrChannelData();
  readonly targets = new ChannelTargets();
  readonly #analysis = new QmfAnalysis();
  readonly #generator = new HighGenerator();
  readonly #adjuster = new EnvelopeAdjuster();
  /** Bands of the core from {@link adjusterDelay} slots before the frame on. */
  readonly low = bandSamples(workingSlots * coreBands);
  readonly #high = bandSamples(workingSlots * filterBands);
  readonly #bands = bandSamples(frameSlots * filterBands);
  #range = coreOnly;
  /** Slots of this frame that envelopes of the frame before reach. */
  #overhang = 0;

  reset(): void {
    this.data.reset();
    this.#generator.reset();
    this.#adjuster.reset();
  }

  /**
   * Returns the bands of a frame, which the next call overwrites.
   *
   * @param core - 1,024 samples of full scale ±1.
   * @param settings - Absent if nothing is replicated in this frame.
   */
  process(core: Float32Array, settings?: SbrSettings): BandSamples {
    const [low, high] = [this.low, this.#high];
    for (const samples of [low.real, low.imaginary]) samples.copyWithin(0, frameSlots * coreBands);
    for (const samples of [high.real, high.imaginary]) {
      samples.copyWithin(0, frameSlots * filterBands);
      samples.fill(0, generatorDelay * filterBands);
    }
    this.#analysis.analyse(core, low.real, low.imaginary, generatorDelay);
    const { grid } = this.data;
    let [range, overhang] = [coreOnly, 0];
    if (settings && grid) {
      const { bands } = settings;
      const from = stepSlots * (grid.borders[0] ?? 0);
      const to = stepSlots * (grid.borders.at(-1) ?? 0);
      this.#generator.generate(low, high, bands, this.data.filters, from, to);
      this.#adjuster.adjust(high.real, high.imaginary, settings, grid, this.targets);
      range = bands;
      overhang = to - frameSlots;
    }
    this.#join(range);
    this.#range = range;
    this.#overhang = overhang;
    return this.#bands;
  }

  #join(range: Range): void {
    const { real, imaginary } = this.#bands;
    real.fill(0);
    imaginary.fill(0);
    for (let slot = 0; slot < frameSlots; slot++) {
      const { first, count } = slot < this.#overhang ? this.#range : range;
      const into = slot * filterBands;
      const lowAt = (slot + adjusterDelay) * coreBands;
      const highAt = (slot + adjusterDelay) * filterBands + first;
      for (const [to, low, high] of [
        [real, this.low.real, this.#high.real],
        [imaginary, this.low.imaginary, this.#high.imaginary],
      ] as const) {
        to.set(low.subarray(lowAt, lowAt + first), into);
        to.set(high.subarray(highAt, highAt + count), into + first);
      }
    }
  }
}
