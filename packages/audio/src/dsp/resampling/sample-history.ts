import { StereoQueue } from "../stereo-queue.ts";

/**
 * The samples that a filter of finite length goes through: the one that it is at, those before it that it
 * still needs, and those that have come after it.
 */
export class SampleHistory {
  readonly #queue = new StereoQueue(1024);
  readonly #kept: number;
  #at: number;
  #continues: boolean;

  /**
   * @param kept - Samples to keep from before the one that it is at.
   * @param continues - Whether the sound goes on from something that was heard, so that it must not begin as
   *   if out of silence: what went before is made up of a mirror image.
   */
  constructor(kept: number, continues: boolean) {
    this.#kept = kept;
    this.#at = kept;
    this.#continues = continues;
    this.#queue.writeSilence(kept);
  }

  /** The left channel; indexes of samples are {@link at} and those up to {@link end}. */
  get left(): Float32Array {
    return this.#queue.left;
  }

  /** The right channel. */
  get right(): Float32Array {
    return this.#queue.right;
  }

  /** Index in the arrays of the sample that it is at; maybe behind the last. */
  get at(): number {
    return this.#queue.start + this.#at;
  }

  /** Index behind the newest sample. */
  get end(): number {
    return this.#queue.end;
  }

  /** Whether there has been no sample yet. */
  get empty(): boolean {
    return this.#queue.length <= this.#kept;
  }

  /** Adds the samples from `start` up to but not including `end`. */
  write(left: Float32Array, right: Float32Array, start: number, end: number): void {
    this.#queue.write(left, right, start, end);
  }

  /** To be called before the first reading, when `reach` samples have come. */
  begin(reach: number): void {
    if (this.#continues) this.#mirror(this.at, -1, Math.min(reach, this.#kept));
    this.#continues = false;
  }

  /** Adds what comes after the last sample: silence, or a mirror image where the sound goes on. */
  finish(reach: number, continues: boolean): void {
    this.#queue.writeSilence(reach);
    if (continues) this.#mirror(this.#queue.end - reach - 1, 1, reach);
  }

  /** Goes on to the sample with this index in the arrays, and drops what is no longer needed. */
  moveTo(at: number): void {
    this.#at = at - this.#queue.start;
    const passed = Math.min(this.#at - this.#kept, this.#queue.length);
    this.#queue.drop(passed);
    this.#at -= passed;
  }

  /**
   * Fills in samples before or behind one by turning the picture round it, so that level and slope go on.
   *
   * @param pivot - Its index in the arrays.
   * @param direction - −1 for those before, 1 for those behind.
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
