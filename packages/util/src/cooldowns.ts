/** Number of keys at which expired ones are removed; far above the number in use at one time. */
const pruneAtSize = 10_000;

/** Cooldowns by key: the minimum interval between two uses of the same key. */
export class Cooldowns {
  readonly #readyAt = new Map<string, number>();

  /** Returns the ms until the key may be used again; 0 if it may be used now. */
  remainingMs(key: string, now: number): number {
    return Math.max(0, (this.#readyAt.get(key) ?? 0) - now);
  }

  /** Starts the cooldown of a key, in ms. */
  start(key: string, cooldownMs: number, now: number): void {
    if (this.#readyAt.size >= pruneAtSize) {
      for (const [other, at] of this.#readyAt) if (at <= now) this.#readyAt.delete(other);
    }
    this.#readyAt.set(key, now + cooldownMs);
  }
}
