/** Rate limiter with a fixed window, for messages of an untrusted peer. */
export class RateWindow {
  readonly #max: number;
  readonly #windowMs: number;
  #used = 0;
  #windowStartMs = performance.now();

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Consumes from the current window. Returns whether the total is still within the limit. */
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
