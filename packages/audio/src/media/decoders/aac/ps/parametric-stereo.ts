import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { filterBands } from "../sbr/frequency-bands.ts";
import { adjusterDelay, type BandSamples } from "../sbr/high-generator.ts";
import { coreBands, frameSlots } from "../sbr/qmf.ts";
import { type BandLayout, bandLayouts } from "./band-layout.ts";
import { Decorrelator, type NarrowBands, narrowBands } from "./decorrelator.ts";
import { HybridAnalysis } from "./hybrid.ts";
import { Mixer, type MixWeights, monoWeights, weightsOfBand, weightsOfOther } from "./mixing.ts";
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
      const from = layout.filterBands[band] ?? 0;
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
    this.#weights = weightsOfOther(this.#weights, layout);
  }

  /** Mixes slots while the weights go over to others in equal steps. */
  #mix(from: number, to: number, target: MixWeights): void {
    const { filterBands: places, parameters, isMirrored, count } = this.#layout;
    const start = this.#weights;
    for (let band = 0; band < count; band++) {
      const into = places[band] ?? 0;
      const at = weightsOfBand * (parameters[band] ?? 0);
      const sign = isMirrored(band) ? -1 : 1;
      for (const [side, output] of this.#outputs.entries())
        mixBand(this.#mono, this.#other, output, band * frameSlots, into, from, to, {
          start,
          target,
          at: at + 2 * side,
          sign,
        });
    }
  }
}

/** Mixes slots of a band. */
function mixBand(
  { real: monoReal, imaginary: monoImaginary }: NarrowBands,
  { real: otherReal, imaginary: otherImaginary }: NarrowBands,
  { real, imaginary }: BandSamples,
  source: number,
  into: number,
  from: number,
  to: number,
  {
    start,
    target,
    at,
    sign,
  }: { readonly start: MixWeights; readonly target: MixWeights; readonly at: number; readonly sign: number },
): void {
  const slots = to - from;
  // Of the mono signal `a + ib`, and of the decorrelated one `c + id`.
  let a = start[at] ?? 0;
  let b = sign * (start[at + 1] ?? 0);
  let c = start[at + 4] ?? 0;
  let d = sign * (start[at + 5] ?? 0);
  const aStep = ((target[at] ?? 0) - a) / slots;
  const bStep = (sign * (target[at + 1] ?? 0) - b) / slots;
  const cStep = ((target[at + 4] ?? 0) - c) / slots;
  const dStep = (sign * (target[at + 5] ?? 0) - d) / slots;
  for (let slot = from; slot < to; slot++) {
    a += aStep;
    b += bStep;
    c += cStep;
    d += dStep;
    const x = monoReal[source + slot] ?? 0;
    const y = monoImaginary[source + slot] ?? 0;
    const u = otherReal[source + slot] ?? 0;
    const v = otherImaginary[source + slot] ?? 0;
    const place = slot * filterBands + into;
    real[place] = (real[place] ?? 0) + a * x - b * y + c * u - d * v;
    imaginary[place] = (imaginary[place] ?? 0) + a * y + b * x + c * v + d * u;
  }
}
