/** How far the clocks of two machines may be apart before one of them is simply wrong; one day. */
const mostMs = 86_400_000;

/**
 * Estimates how far the bot's clock is ahead of ours from the times that it writes: what comes live was
 * written a moment ago, so the smallest age seen is close to the difference of the clocks.
 */
export class ClockOffset {
  #aheadMs: number | undefined;

  /** A state that was written at `at` arrived live at `now`; both Unix time in milliseconds. */
  observe(at: number, now: number): void {
    const ahead = at - now;
    if (Math.abs(ahead) > mostMs) return;
    this.#aheadMs = Math.max(ahead, this.#aheadMs ?? ahead);
  }

  /** Our time on the bot's clock. */
  toTheirs(now: number): number {
    return now + (this.#aheadMs ?? 0);
  }
}
