import { type BandLayout, bandsOfOther, parameterAt } from "./band-layout.ts";
import { maxStereoBands, type StereoEnvelope, type StereoFrame } from "./stereo-data.ts";

/** Differences in level in dB by the index, from zero on (ISO/IEC 14496-3, tables 8.25 and 8.26). */
const levels = [0, 2, 4, 7, 10, 14, 18, 25];
const fineLevels = [0, 2, 4, 6, 8, 10, 13, 16, 19, 22, 25, 30, 35, 40, 45, 50];
/** Coherence of the channels by the index (table 8.28). */
const coherences = [1, 0.937, 0.84118, 0.60092, 0.36764, 0, -0.589, -1];
const minRotatedCoherence = 0.05;
/** Weights of the phases of an envelope and of the two before it. */
const phaseWeights = [1, 0.5, 0.25];

/**
 * Weights of the mono signal and the decorrelated one in left and right: four complex numbers for each parameter band, in
 * the order left from mono, right from mono, left from decorrelated, right from decorrelated.
 */
export type MixWeights = Float64Array;
/** Numbers of a parameter band in {@link MixWeights}. */
export const weightsOfBand = 8;

/** Returns the weights that play one channel on both sides. */
export function monoWeights(): MixWeights {
  const weights = new Float64Array(weightsOfBand * maxStereoBands);
  for (let at = 0; at < weights.length; at += weightsOfBand) {
    weights[at] = 1;
    weights[at + 2] = 1;
  }
  return weights;
}

/** Returns weights of the other layout for a layout, from which mixing goes on after a change (ISO/IEC 14496-3, 8.6.4.6). */
export function weightsOfOther(other: MixWeights, layout: BandLayout): MixWeights {
  const weights = new Float64Array(other.length);
  for (let band = 0; band < layout.parameterBands; band++) {
    const bands = bandsOfOther(layout, band);
    for (let place = 0; place < weightsOfBand; place++) {
      const sum = bands.reduce((total, each) => total + (other[weightsOfBand * each + place] ?? 0), 0);
      weights[weightsOfBand * band + place] = sum / bands.length;
    }
  }
  return weights;
}

type RealWeights = readonly [leftMono: number, rightMono: number, leftOther: number, rightOther: number];

/** First procedure: both channels turn in opposite directions from the mono signal. */
function spreadWeights(ratio: number, coherence: number): RealWeights {
  const scale = Math.SQRT2 / Math.hypot(1, ratio);
  const [right, left] = [scale, scale * ratio];
  const angle = Math.acos(coherence) / 2;
  const shift = (angle * (right - left)) / Math.SQRT2;
  return [
    left * Math.cos(shift + angle),
    right * Math.cos(shift - angle),
    left * Math.sin(shift + angle),
    right * Math.sin(shift - angle),
  ];
}

/** Second procedure: by the principal axes of the channels. */
function rotatedWeights(ratio: number, wanted: number): RealWeights {
  const coherence = Math.max(wanted, minRotatedCoherence);
  let angle = Math.PI / 4;
  if (ratio !== 1) {
    angle = Math.atan((2 * ratio * coherence) / (ratio * ratio - 1)) / 2;
    if (angle < 0) angle += Math.PI / 2;
  }
  const eccentricity = Math.sqrt(Math.max(0, 1 + (4 * coherence * coherence - 4) / (ratio + 1 / ratio) ** 2));
  const share = Math.atan(Math.sqrt((1 - eccentricity) / (1 + eccentricity)));
  const scale = Math.SQRT2;
  return [
    scale * Math.cos(angle) * Math.cos(share),
    scale * Math.sin(angle) * Math.cos(share),
    -scale * Math.sin(angle) * Math.sin(share),
    scale * Math.cos(angle) * Math.sin(share),
  ];
}

/** Turns parameters into weights (ISO/IEC 14496-3, 8.6.4.6). */
export class Mixer {
  /** Phases of the two envelopes before: real and imaginary part of the overall phase and of the difference. */
  #history: readonly Float64Array[] = [];

  reset(): void {
    this.#history = [];
  }

  /** Returns the weights at the end of an envelope. */
  weights({ header, hasPhases }: StereoFrame, envelope: StereoEnvelope, layout: BandLayout): MixWeights {
    const weights = new Float64Array(weightsOfBand * maxStereoBands);
    const decibels = header.isFine ? fineLevels : levels;
    const weightsOf = header.isRotated ? rotatedWeights : spreadWeights;
    for (let band = 0; band < layout.parameterBands; band++) {
      const index = header.levelBands > 0 ? parameterAt(envelope.levels, header.levelBands, layout, band) : 0;
      const ratio = 10 ** ((Math.sign(index) * (decibels[Math.abs(index)] ?? 0)) / 20);
      const coherence =
        header.coherenceBands > 0 ? parameterAt(envelope.coherences, header.coherenceBands, layout, band) : 0;
      const real = weightsOf(ratio, coherences[coherence] ?? 1);
      for (const [place, weight] of real.entries()) weights[weightsOfBand * band + 2 * place] = weight;
    }
    if (hasPhases) this.#turn(weights, header.levelBands, header.phaseBands, envelope, layout);
    else this.#history = [];
    return weights;
  }

  /** Gives the weights their phases, which follow the envelopes slowly. */
  #turn(
    weights: MixWeights,
    bands: number,
    phaseBands: number,
    envelope: StereoEnvelope,
    layout: BandLayout,
  ): void {
    const end = layout.parameterBands === 34 ? 17 : 11;
    const phasors = new Float64Array(4 * end);
    const coded = bands > 0 ? bands : 20;
    for (let band = 0; band < end; band++) {
      // Bands above the coded ones have no phase.
      const isCoded = coded !== 10 || band < 2 * phaseBands;
      for (const [place, values] of [envelope.overallPhases, envelope.phases].entries()) {
        const turn = isCoded ? (Math.PI / 4) * parameterAt(values, coded, layout, band) : 0;
        phasors[4 * band + 2 * place] = Math.cos(turn);
        phasors[4 * band + 2 * place + 1] = Math.sin(turn);
      }
    }
    const recent = [phasors, ...this.#history].slice(0, phaseWeights.length);
    this.#history = recent.slice(0, phaseWeights.length - 1);
    const angleOf = (at: number): number => {
      let [real, imaginary] = [0, 0];
      for (const [age, values] of recent.entries()) {
        real += (phaseWeights[age] ?? 0) * (values[at] ?? 0);
        imaginary += (phaseWeights[age] ?? 0) * (values[at + 1] ?? 0);
      }
      return Math.atan2(imaginary, real);
    };
    for (let band = 0; band < end; band++) {
      const left = angleOf(4 * band);
      const right = left - angleOf(4 * band + 2);
      for (let place = 0; place < 4; place++) {
        const at = weightsOfBand * band + 2 * place;
        const weight = weights[at] ?? 0;
        const turn = place % 2 === 0 ? left : right;
        weights[at] = weight * Math.cos(turn);
        weights[at + 1] = weight * Math.sin(turn);
      }
    }
  }
}
