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
    if (this.#numbers.size > this.#maxSize) {
      const [oldest] = this.#numbers;
      if (oldest !== undefined) this.#numbers.delete(oldest);
    }
    return true;
  }
}
