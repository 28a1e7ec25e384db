/** Number of keys at which expired ones are removed for the first time. */
const pruneAtSize = 10_000;
/** Number of keys above which those that were used first are forgotten, down to the second number. */
const maxKeys = 100_000;
const keysAfterPruning = 90_000;

/** Cooldowns by key: the minimum interval between two uses of the same key. */
export class Cooldowns {
  readonly #readyAt = new Map<string, number>();
  #pruneAtSize = pruneAtSize;

  /** Returns the ms until the key may be used again; 0 if it may be used now. With `burst` as in {@link tryStart}. */
  remainingMs(key: string, now: number, cooldownMs = 0, burst = 1): number {
    return Math.max(0, (this.#readyAt.get(key) ?? 0) - (burst - 1) * cooldownMs - now);
  }

  /** Starts the cooldown of a key, in ms, after those that are running. */
  start(key: string, cooldownMs: number, now: number): void {
    if (this.#readyAt.size >= this.#pruneAtSize) this.#prune(now);
    const readyAt = Math.max(now, this.#readyAt.get(key) ?? 0) + cooldownMs;
    // Behind the others, so that the key that was used first is forgotten first.
    this.#readyAt.delete(key);
    this.#readyAt.set(key, readyAt);
  }

  /**
   * Starts the cooldown of a key unless it is used up: `burst` cooldowns may run one after the other, so that a key
   * can be used `burst` times at once and then once per cooldown. Returns 0, or the ms until it can be started.
   */
  tryStart(key: string, cooldownMs: number, now: number, burst = 1): number {
    const waitMs = this.remainingMs(key, now, cooldownMs, burst);
    if (waitMs === 0) this.start(key, cooldownMs, now);
    return waitMs;
  }

  #prune(now: number): void {
    for (const [key, at] of this.#readyAt) if (at <= now) this.#readyAt.delete(key);
    for (const key of this.#readyAt.keys()) {
      if (this.#readyAt.size <= keysAfterPruning) break;
      this.#readyAt.delete(key);
    }
    // So that the passes stay few, however many keys are in use.
    this.#pruneAtSize = Math.min(maxKeys, Math.max(pruneAtSize, 2 * this.#readyAt.size));
  }
}
