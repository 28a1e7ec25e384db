/** Time in ms during which a login may run: it reads the account at its beginning, and joins at its end. */
const rememberedMs = 5 * 60_000;

/** Account or token whose sessions ended. */
type Key = `user:${number}` | `token:${number}`;

/**
 * Remembers for a while whose sessions ended, so that a login which began before, and has read the account as it was,
 * does not open another one.
 */
export class EndedSessions {
  readonly #now: () => number;
  /** Time of the last end of each, the oldest first. */
  readonly #endedAt = new Map<Key, number>();

  /** @param now - Returns a monotonic time in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Number of accounts and tokens remembered. */
  get size(): number {
    return this.#endedAt.size;
  }

  add(key: Key): void {
    const now = this.#now();
    this.#endedAt.delete(key);
    this.#endedAt.set(key, now);
    for (const [oldest, endedAt] of this.#endedAt) {
      if (now - endedAt <= rememberedMs) break;
      this.#endedAt.delete(oldest);
    }
  }

  /** Returns whether sessions of the account or the token ended at a time or later. */
  hasSince(time: number, user: number, token: number | undefined): boolean {
    const endedAt = Math.max(
      this.#endedAt.get(`user:${user}`) ?? Number.NEGATIVE_INFINITY,
      (token === undefined ? undefined : this.#endedAt.get(`token:${token}`)) ?? Number.NEGATIVE_INFINITY,
    );
    return endedAt >= time;
  }
}
