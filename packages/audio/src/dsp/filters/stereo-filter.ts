/** Works on samples of two channels where they stand; as many come out as went in. */
export interface StereoFilter {
  /** Whether it would leave samples as they are, so that it can be left out. */
  readonly idle: boolean;
  /** Works on the samples from `start` up to but not including `end`. */
  process(left: Float32Array, right: Float32Array, start: number, end: number): void;
  /** Forgets the samples that went before, and has its settings at once where they are meant to be. */
  reset(): void;
}
