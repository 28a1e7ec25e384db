/** Stereo samples that wait, in memory that is used again and again. */
export class StereoFifo {
  #left: Float32Array;
  #right: Float32Array;
  #start = 0;
  #length = 0;

  /** @param capacity - Samples a channel to begin with; it grows when more have to wait. */
  constructor(capacity: number) {
    this.#left = new Float32Array(capacity);
    this.#right = new Float32Array(capacity);
  }

  /** Samples a channel that wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds `count` samples of each channel. */
  write(left: Float32Array, right: Float32Array, count: number): void {
    const needed = this.#start + this.#length + count;
    if (needed > this.#left.length) this.#makeRoom(this.#length + count);
    const end = this.#start + this.#length;
    this.#left.set(left.subarray(0, count), end);
    this.#right.set(right.subarray(0, count), end);
    this.#length += count;
  }

  /** Takes up to `count` samples of each channel out, to a place in the blocks; tells how many there were. */
  read(left: Float32Array, right: Float32Array, offset: number, count: number): number {
    const taken = Math.min(count, this.#length);
    const end = this.#start + taken;
    left.set(this.#left.subarray(this.#start, end), offset);
    right.set(this.#right.subarray(this.#start, end), offset);
    this.#length -= taken;
    this.#start = this.#length === 0 ? 0 : end;
    return taken;
  }

  /** Forgets all. */
  clear(): void {
    this.#start = 0;
    this.#length = 0;
  }

  #makeRoom(length: number): void {
    const end = this.#start + this.#length;
    if (length <= this.#left.length) {
      this.#left.copyWithin(0, this.#start, end);
      this.#right.copyWithin(0, this.#start, end);
    } else {
      const capacity = 2 ** Math.ceil(Math.log2(length));
      this.#left = grown(this.#left.subarray(this.#start, end), capacity);
      this.#right = grown(this.#right.subarray(this.#start, end), capacity);
    }
    this.#start = 0;
  }
}

function grown(samples: Float32Array, capacity: number): Float32Array {
  const memory = new Float32Array(capacity);
  memory.set(samples);
  return memory;
}
