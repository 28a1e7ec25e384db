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

  /** Whether the bucket holds as many tokens as it can. */
  get isFull(): boolean {
    if (this.#perMs === Number.POSITIVE_INFINITY) return true;
    this.#fill();
    return this.#tokens >= this.#burst;
  }

  /** Tokens in the bucket: below 0 on credit, infinite without a limit. */
  get level(): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    this.#fill();
    return this.#tokens;
  }

  /**
   * Takes tokens, on credit when the bucket is empty. Returns the ms until the credit is paid back; 0 for
   * none.
   */
  takeOnCredit(tokens = 1): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return 0;
    this.#fill();
    this.#tokens -= tokens;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }

  /** Takes tokens if the bucket holds them. Returns whether it did. */
  tryTake(tokens = 1): boolean {
    if (this.#perMs === Number.POSITIVE_INFINITY) return true;
    this.#fill();
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }
}
