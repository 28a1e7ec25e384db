import { blockLength } from "./format.ts";

/**
 * First-in, first-out queue of stereo samples. It grows to its peak length and allocates nothing after that.
 */
export class StereoQueue {
  #left: Float32Array;
  #right: Float32Array;
  #start = 0;
  #end = 0;

  /** @param capacity - Initial capacity in samples per channel. */
  constructor(capacity = 2 * blockLength) {
    this.#left = new Float32Array(capacity);
    this.#right = new Float32Array(capacity);
  }

  /** Queued samples per channel. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * The left channel's buffer; queued samples start at {@link start}. {@link reserve} may replace the buffer.
   */
  get left(): Float32Array {
    return this.#left;
  }

  /**
   * The right channel's buffer; queued samples start at {@link start}. {@link reserve} may replace the
   * buffer.
   */
  get right(): Float32Array {
    return this.#right;
  }

  /** Index of the oldest sample in the buffers. */
  get start(): number {
    return this.#start;
  }

  /** Index after the newest sample in the buffers. */
  get end(): number {
    return this.#end;
  }

  /**
   * Reserves space after the newest sample. Samples written there count once they are committed.
   *
   * @returns Index of the reserved space in the buffers.
   */
  reserve(count: number): number {
    if (this.#end + count > this.#left.length) this.#makeRoom(count);
    return this.#end;
  }

  /** Appends samples that were written into the space returned by {@link reserve}. */
  commit(count: number): void {
    this.#end += count;
  }

  /** Appends a copy of the samples from `start` (inclusive) to `end` (exclusive). */
  write(left: Float32Array, right: Float32Array, start: number, end: number): void {
    let to = this.reserve(end - start);
    const ownLeft = this.#left;
    const ownRight = this.#right;
    for (let from = start; from < end; from++, to++) {
      ownLeft[to] = left[from] as number;
      ownRight[to] = right[from] as number;
    }
    this.#end = to;
  }

  /** Appends silence. */
  writeSilence(count: number): void {
    const from = this.reserve(count);
    this.#left.fill(0, from, from + count);
    this.#right.fill(0, from, from + count);
    this.#end += count;
  }

  /**
   * Removes samples, oldest first, and copies them to the given arrays.
   *
   * @param count - Maximum number of samples.
   * @returns Number of samples copied.
   */
  read(left: Float32Array, right: Float32Array, count: number): number {
    const taken = Math.min(count, this.length);
    const ownLeft = this.#left;
    const ownRight = this.#right;
    for (let to = 0, from = this.#start; to < taken; to++, from++) {
      left[to] = ownLeft[from] as number;
      right[to] = ownRight[from] as number;
    }
    this.drop(taken);
    return taken;
  }

  /** Removes the oldest samples. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.clear();
  }

  /** Removes all samples. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(count: number): void {
    const { length } = this;
    if (length + count <= this.#left.length) {
      this.#left.copyWithin(0, this.#start, this.#end);
      this.#right.copyWithin(0, this.#start, this.#end);
    } else {
      const capacity = Math.max(2 * this.#left.length, length + count);
      this.#left = this.#grown(this.#left, capacity);
      this.#right = this.#grown(this.#right, capacity);
    }
    this.#start = 0;
    this.#end = length;
  }

  #grown(samples: Float32Array, capacity: number): Float32Array {
    const larger = new Float32Array(capacity);
    larger.set(samples.subarray(this.#start, this.#end));
    return larger;
  }
}
