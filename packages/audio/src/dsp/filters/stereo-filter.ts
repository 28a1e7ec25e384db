/** In-place stereo filter with as many output samples as input samples. */
export interface StereoFilter {
  /** Whether the filter would not change samples and can be skipped. */
  readonly isIdle: boolean;
  /** Processes the samples from `start` (inclusive) to `end` (exclusive). */
  process(left: Float32Array, right: Float32Array, start: number, end: number): void;
  /** Clears the state and jumps to the target settings without a ramp. */
  reset(): void;
}
