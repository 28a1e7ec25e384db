import { rampLength } from "../format.ts";

/**
 * A number that goes to new values in a straight line. Loops add {@link step} to {@link value} for every
 * sample, and write back what they have got to.
 */
export class Smooth {
  /** What it is now. */
  value: number;
  /** Where it is going. */
  target: number;
  /** By how much it changes with each sample; 0 at the target. */
  step = 0;

  constructor(value: number) {
    this.value = value;
    this.target = value;
  }

  /** Sets out for the target. */
  start(): void {
    this.step = (this.target - this.value) / rampLength;
  }

  /** Is at the target. */
  arrive(): void {
    this.value = this.target;
    this.step = 0;
  }
}
