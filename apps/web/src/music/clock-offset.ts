/** Largest accepted offset, one day. Beyond it one of the clocks is wrong. */
const maxOffsetMs = 86_400_000;

/**
 * Estimates how far the bot's clock is ahead of ours. A live state was written a moment before it arrives, so
 * the largest difference between its time and ours that was observed is the closest to the clock offset.
 */
export class ClockOffset {
  #aheadMs: number | undefined;

  /** Records that a live state written at `at` arrived at `now`; both in Unix time in ms. */
  observe(at: number, now: number): void {
    const ahead = at - now;
    if (Math.abs(ahead) > maxOffsetMs) return;
    this.#aheadMs = Math.max(ahead, this.#aheadMs ?? ahead);
  }

  /** Converts our time to the bot's clock. */
  toBotTime(now: number): number {
    return now + (this.#aheadMs ?? 0);
  }
}
