import { Dct4 } from "../../dct4.ts";
import { frameLines } from "../window-info.ts";
import { qmfWindow } from "./qmf-window.ts";

/** Slots of the filter banks in a frame. */
export const frameSlots = 32;
/** Bands of the analysis, and samples of the core in a slot. */
export const coreBands = frameLines / frameSlots;
/** Bands of the synthesis, and samples of the result in a slot. */
const bands = 2 * coreBands;
/** Full scale within spectral band replication, whose constants are made for samples of 16 bits. */
const fullScale = 32_768;

const taps = 5;
const analysisLength = taps * bands;
const analysisWindow = Float64Array.from(
  { length: analysisLength },
  (_, index) => 2 * fullScale * (qmfWindow[2 * index] ?? 0),
);
const analysisTransform = new Dct4(coreBands, 1);
const rotations = Float64Array.from({ length: 2 * coreBands }, (_, index) => {
  const angle = -(Math.PI / coreBands) * (Math.floor(index / 2) + 0.5) * 0.75;
  return index % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
});

const [folded, mirrored] = [new Float64Array(bands), new Float64Array(bands)];
const [cosines, sines] = [new Float64Array(bands), new Float64Array(bands)];

/** Splits the samples of the core into complex bands (ISO/IEC 14496-3, 4.6.18.4.1). */
export class QmfAnalysis {
  readonly #history = analysisLength - coreBands;
  readonly #samples = new Float64Array(this.#history + frameLines);

  /**
   * Splits a frame.
   *
   * @param from - Slot of the results at which the frame begins. Each slot has {@link coreBands} numbers.
   */
  analyse(frame: Float32Array, real: Float64Array, imaginary: Float64Array, from: number): void {
    const samples = this.#samples;
    samples.copyWithin(0, frameLines);
    samples.set(frame, this.#history);
    for (let slot = 0; slot < frameSlots; slot++) {
      const newest = this.#history + coreBands * (slot + 1) - 1;
      for (let at = 0; at < coreBands; at++) {
        const far = bands - 1 - at;
        let near = 0;
        let opposite = 0;
        for (let tap = 0; tap < analysisLength; tap += bands) {
          near += (samples[newest - at - tap] ?? 0) * (analysisWindow[at + tap] ?? 0);
          opposite += (samples[newest - far - tap] ?? 0) * (analysisWindow[far + tap] ?? 0);
        }
        folded[at] = near - opposite;
        mirrored[coreBands - 1 - at] = near + opposite;
      }
      analysisTransform.transform(folded, 0, cosines);
      analysisTransform.transform(mirrored, 0, sines);
      const place = (from + slot) * coreBands;
      for (let band = 0; band < coreBands; band++) {
        const cosine = cosines[band] ?? 0;
        const sine = band % 2 === 0 ? (sines[band] ?? 0) : -(sines[band] ?? 0);
        const turnReal = rotations[2 * band] ?? 0;
        const turnImaginary = rotations[2 * band + 1] ?? 0;
        real[place + band] = cosine * turnReal - sine * turnImaginary;
        imaginary[place + band] = cosine * turnImaginary + sine * turnReal;
      }
    }
  }
}

const blockLength = 2 * bands;
const synthesisWindow = qmfWindow.map((value) => value / bands / fullScale);
const synthesisTransform = new Dct4(bands, 1);

/** Joins complex bands to samples at twice the rate of the core (ISO/IEC 14496-3, 4.6.18.4.2). */
export class QmfSynthesis {
  readonly #history = 2 * taps * blockLength - blockLength;
  /** Modulated slots, the newest first. */
  readonly #blocks = new Float64Array(frameSlots * blockLength + this.#history);

  /** Returns the samples of a frame. Each slot has 64 numbers. */
  synthesise(real: Float64Array, imaginary: Float64Array): Float32Array {
    const blocks = this.#blocks;
    const samples = new Float32Array(frameSlots * bands);
    blocks.copyWithin(frameSlots * blockLength, 0, this.#history);
    for (let slot = 0; slot < frameSlots; slot++) {
      const block = (frameSlots - 1 - slot) * blockLength;
      const place = slot * bands;
      for (let band = 0; band < bands; band++) mirrored[bands - 1 - band] = imaginary[place + band] ?? 0;
      synthesisTransform.transform(real, place, cosines);
      synthesisTransform.transform(mirrored, 0, sines);
      for (let at = 0; at < bands; at++) {
        const cosine = cosines[at] ?? 0;
        const sine = at % 2 === 0 ? (sines[at] ?? 0) : -(sines[at] ?? 0);
        blocks[block + at] = sine - cosine;
        blocks[block + blockLength - 1 - at] = cosine + sine;
      }
      windowSlot(blocks, block, samples, place);
    }
    return samples;
  }
}

/** Windows and adds the ten blocks of 64 numbers that a slot consists of. */
function windowSlot(blocks: Float64Array, block: number, samples: Float32Array, place: number): void {
  const window = synthesisWindow;
  for (let at = 0; at < bands; at++) {
    const from = block + at;
    samples[place + at] =
      (blocks[from] ?? 0) * (window[at] ?? 0) +
      (blocks[from + 192] ?? 0) * (window[at + 64] ?? 0) +
      (blocks[from + 256] ?? 0) * (window[at + 128] ?? 0) +
      (blocks[from + 448] ?? 0) * (window[at + 192] ?? 0) +
      (blocks[from + 512] ?? 0) * (window[at + 256] ?? 0) +
      (blocks[from + 704] ?? 0) * (window[at + 320] ?? 0) +
      (blocks[from + 768] ?? 0) * (window[at + 384] ?? 0) +
      (blocks[from + 960] ?? 0) * (window[at + 448] ?? 0) +
      (blocks[from + 1_024] ?? 0) * (window[at + 512] ?? 0) +
      (blocks[from + 1_216] ?? 0) * (window[at + 576] ?? 0);
  }
}
