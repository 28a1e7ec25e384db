import { blockLength } from "./format.ts";

/**
 * Samples of two channels, first in, first out. It grows to what it has to hold at the same time and then
 * allocates nothing more.
 */
export class StereoQueue {
  #left: Float32Array;
  #right: Float32Array;
  #start = 0;
  #end = 0;

  /** @param capacity - Samples a channel for which there is room at first. */
  constructor(capacity = 2 * blockLength) {
    this.#left = new Float32Array(capacity);
    this.#right = new Float32Array(capacity);
  }

  /** Samples a channel that wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** The left channel; what waits stands from {@link start} on. Another array after {@link reserve}. */
  get left(): Float32Array {
    return this.#left;
  }

  /** The right channel; what waits stands from {@link start} on. Another array after {@link reserve}. */
  get right(): Float32Array {
    return this.#right;
  }

  /** Index of the oldest sample in the arrays. */
  get start(): number {
    return this.#start;
  }

  /** Index behind the newest sample in the arrays. */
  get end(): number {
    return this.#end;
  }

  /**
   * Makes room for more samples behind the newest. They count once they are committed.
   *
   * @returns Index of the first of them in the arrays.
   */
  reserve(count: number): number {
    if (this.#end + count > this.#left.length) this.#makeRoom(count);
    return this.#end;
  }

  /** Adds samples that were written behind the newest, into room that {@link reserve} made. */
  commit(count: number): void {
    this.#end += count;
  }

  /** Adds a copy of the samples from `start` up to but not including `end`. */
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

  /** Adds silence. */
  writeSilence(count: number): void {
    const from = this.reserve(count);
    this.#left.fill(0, from, from + count);
    this.#right.fill(0, from, from + count);
    this.#end += count;
  }

  /**
   * Takes out samples, oldest first.
   *
   * @param count - At most so many.
   * @returns How many there were.
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

  /** Throws away the oldest samples. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.clear();
  }

  /** Throws away everything. */
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
