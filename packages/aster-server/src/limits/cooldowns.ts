/** Where entries are cleared away; far more than are in use at one time. */
const sizeBeforeClearing = 10_000;

/** Remembers when something was last done under a key, to keep a distance in time. */
export class Pace {
  readonly #nextAt = new Map<string, number>();

  /** Milliseconds until a key may be used again; 0 if it may now. */
  waitMs(key: string, now: number): number {
    return Math.max(0, (this.#nextAt.get(key) ?? 0) - now);
  }

  /** Notes a use after which the key has to rest for a time in milliseconds. */
  use(key: string, restMs: number, now: number): void {
    if (this.#nextAt.size >= sizeBeforeClearing) {
      for (const [other, at] of this.#nextAt) if (at <= now) this.#nextAt.delete(other);
    }
    this.#nextAt.set(key, now + restMs);
  }
}
