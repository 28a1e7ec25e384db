/** Options of {@link backoffDelayMs}. */
export interface BackoffOptions {
  /** Delay before the first retry, in ms. */
  readonly firstMs: number;
  /** Maximum delay, in ms. */
  readonly maxMs: number;
  /** Share of the delay that is random, from 0 (none) to 1 ("full jitter"). Default 0. */
  readonly jitter?: number;
  /** Returns a number from 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Returns the delay in ms before a retry, counted from 1: `firstMs`, doubled with each retry up to `maxMs`,
 * of which a share of `jitter` is random. Jitter spreads the retries of many clients that lost the same peer.
 */
export function backoffDelayMs(
  attempt: number,
  { firstMs, maxMs, jitter = 0, random = Math.random }: BackoffOptions,
): number {
  const delayMs = Math.min(maxMs, firstMs * 2 ** (attempt - 1));
  return Math.round(delayMs * (1 - jitter + jitter * random()));
}
