/** So much of something in so much time; what a peer asks for beyond it is refused. */
export class Allowance {
  readonly #most: number;
  readonly #windowMs: number;
  #used = 0;
  #sinceMs = performance.now();

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Takes of it; false where that is more than is left. */
  take(amount = 1): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs >= this.#windowMs) {
      this.#sinceMs = nowMs;
      this.#used = 0;
    }
    this.#used += amount;
    return this.#used <= this.#most;
  }
}
