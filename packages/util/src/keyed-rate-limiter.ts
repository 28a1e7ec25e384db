/**
 * Number of keys above which the least recently used one is forgotten. A forgotten key starts with a full
 * burst.
 */
const maxKeys = 10_000;

/** A rate: a burst, then one more use per interval. */
export interface RateLimit {
  /** Uses in a row, at least 1. */
  readonly burst: number;
  /** Interval in ms after which one more use is allowed, above 0. */
  readonly everyMs: number;
}

/** Rate limiter with a separate budget for each key (generic cell rate algorithm: one timestamp per key). */
export class KeyedRateLimiter<Key> {
  readonly #limit: RateLimit;
  /** Time in ms at which the budget of each key is full again. */
  readonly #fullAtMs = new Map<Key, number>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Returns the ms until the budget of the key allows a use; 0 if it does now. */
  remainingMs(key: Key, nowMs = performance.now()): number {
    const { burst, everyMs } = this.#limit;
    return Math.max(0, (this.#fullAtMs.get(key) ?? 0) - nowMs - (burst - 1) * everyMs);
  }

  /** Counts a use if the budget of the key allows it. Returns whether it does. */
  tryUse(key: Key, nowMs = performance.now()): boolean {
    if (this.remainingMs(key, nowMs) > 0) return false;
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? 0, nowMs);
    this.#fullAtMs.delete(key);
    this.#fullAtMs.set(key, fullAtMs + this.#limit.everyMs);
    const [oldest] = this.#fullAtMs.keys();
    if (this.#fullAtMs.size > maxKeys && oldest !== undefined) this.#fullAtMs.delete(oldest);
    return true;
  }
}
