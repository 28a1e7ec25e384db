import { StereoQueue } from "../stereo-queue.ts";

/**
 * Sliding window over the input of a finite impulse response filter: the current sample, the earlier samples
 * it still needs, and the later samples that have arrived.
 */
export class SampleHistory {
  readonly #queue = new StereoQueue(1024);
  readonly #kept: number;
  #at: number;
  #continues: boolean;

  /**
   * @param kept - Samples to keep before the current one.
   * @param continues - Whether the input continues earlier audible samples. The missing history is then a
   *   mirror image instead of silence.
   */
  constructor(kept: number, continues: boolean) {
    this.#kept = kept;
    this.#at = kept;
    this.#continues = continues;
    this.#queue.writeSilence(kept);
  }

  /** The left channel's buffer, valid from {@link at} to {@link end}. */
  get left(): Float32Array {
    return this.#queue.left;
  }

  /** The right channel's buffer. */
  get right(): Float32Array {
    return this.#queue.right;
  }

  /** Index of the current sample in the buffers; it may be after the last sample. */
  get at(): number {
    return this.#queue.start + this.#at;
  }

  /** Index after the newest sample. */
  get end(): number {
    return this.#queue.end;
  }

  /** Whether no sample has been written yet. */
  get isEmpty(): boolean {
    return this.#queue.length <= this.#kept;
  }

  /** Appends the samples from `start` (inclusive) to `end` (exclusive). */
  write(left: Float32Array, right: Float32Array, start: number, end: number): void {
    this.#queue.write(left, right, start, end);
  }

  /**
   * Mirrors the start of the input if it continues earlier samples. Call it before the first read, when
   * `reach` samples have arrived.
   */
  mirrorStart(reach: number): void {
    if (this.#continues) this.#mirror(this.at, -1, Math.min(reach, this.#kept));
    this.#continues = false;
  }

  /** Appends samples after the last one: silence, or a mirror image if audio follows. */
  finish(reach: number, continues: boolean): void {
    this.#queue.writeSilence(reach);
    if (continues) this.#mirror(this.#queue.end - reach - 1, 1, reach);
  }

  /** Moves to the sample at this index and drops samples that are no longer needed. */
  moveTo(at: number): void {
    this.#at = at - this.#queue.start;
    const passed = Math.min(this.#at - this.#kept, this.#queue.length);
    this.#queue.drop(passed);
    this.#at -= passed;
  }

  /**
   * Fills samples before or after a pivot by point reflection, which continues level and slope.
   *
   * @param pivot - Index in the buffers.
   * @param direction - −1 for samples before the pivot, 1 for samples after it.
   */
  #mirror(pivot: number, direction: -1 | 1, count: number): void {
    const { start, end } = this.#queue;
    for (const samples of [this.left, this.right]) {
      const middle = samples[pivot] as number;
      for (let distance = 1; distance <= count; distance++) {
        const source = Math.min(Math.max(pivot - direction * distance, start), end - 1);
        samples[pivot + direction * distance] = 2 * middle - (samples[source] as number);
      }
    }
  }
}
