/** Change of the step index by the three lower bits of a code (IMA Digital Audio Recommended Practices, 1992). */
const indexChanges = [-1, -1, -1, -1, 2, 4, 6, 8];

/** Steps: each is about a tenth above the one before. */
// biome-ignore format: a table
const steps = Int16Array.of(
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
  118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
  1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
  6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
  32767,
);

const fullScale = 32_768;

/** Predictor of one channel. */
class ImaChannel {
  /** Last sample, as a 16-bit number. */
  sample = 0;
  #index = 0;

  set index(index: number) {
    this.#index = Math.max(0, Math.min(index, steps.length - 1));
  }

  get index(): number {
    return this.#index;
  }

  /** Returns the sample of a code of four bits, with full scale ±1. */
  next(code: number): number {
    const step = steps[this.#index] ?? 0;
    let change = step >> 3;
    if (code & 1) change += step >> 2;
    if (code & 2) change += step >> 1;
    if (code & 4) change += step;
    this.sample = Math.max(-32_768, Math.min(this.sample + (code & 8 ? -change : change), 32_767));
    this.index = this.#index + (indexChanges[code & 7] ?? 0);
    return this.sample / fullScale;
  }
}

/** Decodes a block of a WAVE file: a header for each channel, then groups of eight samples. */
export function decodeIma(
  block: Uint8Array,
  channels: number,
  into: readonly Float32Array[],
  from: number,
): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const groupBytes = 4 * channels;
  for (const [index, samples] of into.entries()) {
    const channel = new ImaChannel();
    channel.sample = view.getInt16(4 * index, true);
    channel.index = view.getUint8(4 * index + 2);
    let at = from;
    samples[at++] = channel.sample / fullScale;
    for (let group = groupBytes + 4 * index; group + 4 <= block.length; group += groupBytes) {
      for (let byte = group; byte < group + 4; byte++) {
        const codes = block[byte] ?? 0;
        samples[at++] = channel.next(codes & 15);
        samples[at++] = channel.next(codes >> 4);
      }
    }
  }
}

/** Largest difference at which a predictor is kept: a header contains only its upper nine bits. */
const predictorRounding = 0x7f;

/** Decoder of the blocks of QuickTime and AIFC files: the samples of one channel, then those of the next. */
export class QuickTimeIma {
  readonly #channels: readonly ImaChannel[];

  constructor(channels: number) {
    this.#channels = Array.from({ length: channels }, () => new ImaChannel());
  }

  decode(block: Uint8Array, into: readonly Float32Array[], from: number): void {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const bytes = block.length / into.length;
    for (const [index, samples] of into.entries()) {
      const channel = this.#channels[index] ?? new ImaChannel();
      const header = view.getInt16(bytes * index);
      const predictor = header & ~predictorRounding;
      const step = header & predictorRounding;
      if (step !== channel.index || Math.abs(predictor - channel.sample) > predictorRounding) {
        channel.sample = predictor;
        channel.index = step;
      }
      let at = from;
      for (let byte = bytes * index + 2; byte < bytes * (index + 1); byte++) {
        const codes = block[byte] ?? 0;
        samples[at++] = channel.next(codes & 15);
        samples[at++] = channel.next(codes >> 4);
      }
    }
  }
}
