import { rampLength } from "../format.ts";

/**
 * Linearly ramped value. Loops add {@link step} to {@link value} for every sample and write the result back.
 */
export class Ramp {
  /** Current value. */
  value: number;
  /** Target value. */
  target: number;
  /** Increment per sample; 0 at the target. */
  step = 0;

  constructor(value: number) {
    this.value = value;
    this.target = value;
  }

  /** Starts the ramp to the target. */
  start(): void {
    this.step = (this.target - this.value) / rampLength;
  }

  /** Jumps to the target. */
  finish(): void {
    this.value = this.target;
    this.step = 0;
  }
}
