import { seededRandom } from "@asterite/testkit";

/** Reproducible random choices: the same seed yields the same sequence on every machine. */
export class Random {
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly fraction: () => number;

  constructor(seed: number) {
    this.fraction = seededRandom(seed);
  }

  /** Returns an integer from 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** Returns true with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Returns one of the values, which must not be empty. */
  pick<Value>(values: readonly Value[]): Value {
    const index = this.below(values.length);
    if (index >= values.length) throw new Error("no values to pick from");
    return values[index] as Value;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  list<Value>(maxLength: number, make: () => Value): Value[] {
    return Array.from({ length: this.below(maxLength + 1) }, make);
  }
}
