/** So much of something in so much time; what a peer asks for beyond it is refused. */
export class RateWindow {
  readonly #max: number;
  readonly #windowMs: number;
  #used = 0;
  #windowStartMs = performance.now();

  constructor(most: number, windowMs: number) {
    this.#max = most;
    this.#windowMs = windowMs;
  }

  /** Takes of it; false where that is more than is left. */
  tryConsume(amount = 1): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#windowStartMs >= this.#windowMs) {
      this.#windowStartMs = nowMs;
      this.#used = 0;
    }
    this.#used += amount;
    return this.#used <= this.#max;
  }
}
