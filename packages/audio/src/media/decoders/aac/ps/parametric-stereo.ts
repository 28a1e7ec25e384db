import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { filterBands } from "../sbr/frequency-bands.ts";
import { adjusterDelay } from "../sbr/high-generator.ts";
import { coreBands, frameSlots } from "../sbr/qmf.ts";
import type { BandSamples } from "../sbr/sbr-channel.ts";
import { type BandLayout, bandLayouts } from "./band-layout.ts";
import { Decorrelator, narrowBands } from "./decorrelator.ts";
import { HybridAnalysis } from "./hybrid.ts";
import { Mixer, type MixWeights, monoWeights, weightsOfBand } from "./mixing.ts";
import { StereoDataReader, type StereoFrame } from "./stereo-data.ts";

const bandSamples = (): BandSamples => ({
  real: new Float64Array(frameSlots * filterBands),
  imaginary: new Float64Array(frameSlots * filterBands),
});

/** Makes two channels of one and of parameters (ISO/IEC 14496-3, subpart 8). */
export class ParametricStereo {
  readonly #data = new StereoDataReader();
  readonly #hybrid = new HybridAnalysis();
  readonly #decorrelator = new Decorrelator();
  readonly #mixer = new Mixer();
  readonly #mono = narrowBands();
  readonly #other = narrowBands();
  readonly #outputs = [bandSamples(), bandSamples()] as const;
  #layout: BandLayout = bandLayouts.coarse;
  #weights = monoWeights();
  #frame: StereoFrame | undefined;

  /** Reads the parameters of a frame; a damaged one keeps those before it. */
  read(reader: BitReader): void {
    try {
      this.#frame = this.#data.read(reader);
    } catch (error) {
      if (!(error instanceof DamagedPacketError)) throw error;
    }
  }

  /**
   * Returns the bands of left and right.
   *
   * @param low - Bands of the core, with slots after the frame.
   */
  process(
    { real, imaginary }: BandSamples,
    low: BandSamples,
  ): readonly [left: BandSamples, right: BandSamples] {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame) this.#setLayout(frame);
    const layout = this.#layout;
    const mono = this.#mono;
    this.#hybrid.analyse(layout.splits, { ...low, at: adjusterDelay * coreBands, stride: coreBands }, mono);
    for (let band = layout.narrowBands; band < layout.count; band++) {
      const from = band - layout.narrowBands + layout.splits.length;
      for (let slot = 0; slot < frameSlots; slot++) {
        mono.real[band * frameSlots + slot] = real[slot * filterBands + from] ?? 0;
        mono.imaginary[band * frameSlots + slot] = imaginary[slot * filterBands + from] ?? 0;
      }
    }
    this.#decorrelator.process(mono, this.#other, layout);
    for (const output of this.#outputs) {
      output.real.fill(0);
      output.imaginary.fill(0);
    }
    let from = 0;
    for (const envelope of frame?.envelopes ?? []) {
      const weights = frame ? this.#mixer.weights(frame, envelope, layout) : this.#weights;
      this.#mix(from, envelope.end + 1, weights);
      from = envelope.end + 1;
      this.#weights = weights;
    }
    if (from < frameSlots) this.#mix(from, frameSlots, this.#weights);
    return this.#outputs;
  }

  #setLayout({ header }: StereoFrame): void {
    const isFine = header.levelBands === 34 || header.coherenceBands === 34;
    const layout = isFine ? bandLayouts.fine : bandLayouts.coarse;
    if (layout === this.#layout) return;
    this.#layout = layout;
    this.#decorrelator.reset();
    this.#mixer.reset();
    this.#weights = monoWeights();
  }

  /** Mixes slots while the weights go over to others in equal steps. */
  #mix(from: number, to: number, target: MixWeights): void {
    const { narrowBands: narrow, parameters, isMirrored, splits, count } = this.#layout;
    const start = this.#weights;
    const filterBandOf: number[] = splits.flatMap(({ real }, band) => real.map(() => band));
    for (let band = 0; band < count; band++) {
      const into = filterBandOf[band] ?? band - narrow + splits.length;
      const at = weightsOfBand * (parameters[band] ?? 0);
      const sign = isMirrored(band) ? -1 : 1;
      for (const [side, output] of this.#outputs.entries()) {
        const [monoAt, otherAt] = [at + 2 * side, at + 4 + 2 * side];
        const slots = to - from;
        const stepOf = (place: number): number => ((target[place] ?? 0) - (start[place] ?? 0)) / slots;
        let [a, b] = [start[monoAt] ?? 0, sign * (start[monoAt + 1] ?? 0)];
        let [c, d] = [start[otherAt] ?? 0, sign * (start[otherAt + 1] ?? 0)];
        const [aStep, bStep] = [stepOf(monoAt), sign * stepOf(monoAt + 1)];
        const [cStep, dStep] = [stepOf(otherAt), sign * stepOf(otherAt + 1)];
        for (let slot = from; slot < to; slot++) {
          a += aStep;
          b += bStep;
          c += cStep;
          d += dStep;
          const source = band * frameSlots + slot;
          const [x, y] = [this.#mono.real[source] ?? 0, this.#mono.imaginary[source] ?? 0];
          const [u, v] = [this.#other.real[source] ?? 0, this.#other.imaginary[source] ?? 0];
          const place = slot * filterBands + into;
          output.real[place] = (output.real[place] ?? 0) + a * x - b * y + c * u - d * v;
          output.imaginary[place] = (output.imaginary[place] ?? 0) + a * y + b * x + c * v + d * u;
        }
      }
    }
  }
}
