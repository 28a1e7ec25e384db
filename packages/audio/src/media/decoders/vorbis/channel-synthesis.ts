import { Dct4 } from "../dct4.ts";

/** Transform and window of blocks of one size. */
export interface BlockShape {
  /** Samples of a block. */
  readonly size: number;
  readonly transform: Dct4;
  /** Rising half of the window (Vorbis I, 4.3.1). */
  readonly slope: Float64Array;
}

const shapes = new Map<number, BlockShape>();

/** Returns the shape of blocks of a power of two of samples. All streams have it in common. */
export function blockShape(size: number): BlockShape {
  let shape = shapes.get(size);
  if (!shape) {
    const slope = Float64Array.from({ length: size / 2 }, (_, index) =>
      Math.sin((Math.PI / 2) * Math.sin((Math.PI * (index + 0.5)) / size) ** 2),
    );
    shape = { size, transform: new Dct4(size / 2, 1), slope };
    shapes.set(size, shape);
  }
  return shape;
}

/** Inverse transform, windows and overlap of one channel (Vorbis I, 4.3.7 and 4.3.8). */
export class ChannelSynthesis {
  /** Transformed lines of the block before. */
  #before: Float64Array;
  /** Transformed lines of the current block. */
  #now: Float64Array;

  /** @param maxLines - Lines of a long block. */
  constructor(maxLines: number) {
    this.#before = new Float64Array(maxLines);
    this.#now = new Float64Array(maxLines);
  }

  /**
   * Adds a block.
   *
   * @param lines - Its spectrum; undefined for silence.
   * @param shapeBefore - Shape of the block before; undefined for the first one.
   * @returns Samples from the middle of the block before to the middle of this one.
   */
  add(lines: Float64Array | undefined, shape: BlockShape, shapeBefore: BlockShape | undefined): Float32Array {
    const [before, now] = [this.#now, this.#before];
    this.#before = before;
    this.#now = now;
    if (lines) shape.transform.transform(lines, 0, now);
    else now.fill(0, 0, shape.size / 2);
    if (!shapeBefore) return new Float32Array(0);
    const { slope } = shape.size < shapeBefore.size ? shape : shapeBefore;
    return overlap(before, shapeBefore.size / 4, now, shape.size / 4, slope);
  }
}

/**
 * Joins the second half of a block and the first half of the next one. The transform yields a quarter of each
 * half, which is mirrored: with its sign in the second half, without it in the first.
 *
 * @param quarterBefore - Quarter of the size of the block before, in samples.
 */
function overlap(
  before: Float64Array,
  quarterBefore: number,
  now: Float64Array,
  quarter: number,
  slope: Float64Array,
): Float32Array {
  const samples = new Float32Array(quarterBefore + quarter);
  const half = slope.length >> 1;
  for (let at = 0; at < quarterBefore - half; at++) samples[at] = -(before[quarterBefore - 1 - at] ?? 0);
  for (let at = 0; at < half; at++) {
    const falling = -(before[at] ?? 0);
    const rising = now[2 * quarter - 1 - at] ?? 0;
    const low = slope[half - 1 - at] ?? 0;
    const high = slope[half + at] ?? 0;
    samples[quarterBefore - 1 - at] = falling * high + rising * low;
    samples[quarterBefore + at] = falling * low - rising * high;
  }
  for (let at = half; at < quarter; at++) samples[quarterBefore + at] = -(now[2 * quarter - 1 - at] ?? 0);
  return samples;
}
