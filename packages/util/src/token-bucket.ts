/** Token bucket: allows a burst, then a constant rate per second. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /**
   * @param perSecond - Tokens added per second; `Infinity` disables the limit.
   * @param burst - Capacity of the bucket, in tokens.
   * @param now - Returns the current time in ms. Steps backwards are tolerated.
   */
  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = burst;
    this.#filledAt = now();
  }

  /**
   * Takes a token, on credit when the bucket is empty. Returns the ms until the credit is paid back; 0 for
   * none.
   */
  takeOnCredit(): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    this.#fill();
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }

  /** Takes a token if the bucket holds one. Returns whether it did. */
  tryTake(): boolean {
    if (this.#perMs === Number.POSITIVE_INFINITY) return true;
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
