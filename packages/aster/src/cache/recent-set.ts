import { evictOldest } from "./evict-oldest.ts";

/** Bounded set of numbers; a number above the limit evicts the oldest. */
export class RecentSet {
  readonly #maxSize: number;
  readonly #numbers = new Set<number>();

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  clear(): void {
    this.#numbers.clear();
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  /** Adds a number and returns whether it was absent. */
  add(number: number): boolean {
    if (this.#numbers.has(number)) return false;
    this.#numbers.add(number);
    evictOldest(this.#numbers, this.#maxSize);
    return true;
  }
}
