/** Remembers the last few of many numbers. */
export class RecentSet {
  readonly #maxSize: number;
  readonly #numbers = new Set<number>();

  constructor(limit: number) {
    this.#maxSize = limit;
  }

  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  /** Says whether the number is new. */
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
