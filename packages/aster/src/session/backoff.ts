import { backoffDelayMs } from "@asterite/util";

/** Delays of reconnection attempts: exponential back-off with full jitter. */
export interface ReconnectOptions {
  /** Maximum of the first delay, in ms. Default 500. */
  readonly firstDelayMs?: number;
  /** Maximum upper bound, in ms; the bound doubles with each attempt up to this value. Default 30 000. */
  readonly longestDelayMs?: number;
  /** Time in ms after which a ready connection counts as stable and resets the delay. Default 60 000. */
  readonly stableAfterMs?: number;
  /**
   * Whether failed attempts before the first successful connection are retried too: `connect` then rejects
   * only for an error that no retry mends, such as a refused login. Default `false`.
   */
  readonly initial?: boolean;
}

/** Defaults of {@link ReconnectOptions}. */
export const defaultReconnect: Required<ReconnectOptions> = /* @__PURE__ */ Object.freeze({
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  stableAfterMs: 60_000,
  initial: false,
});

/**
 * Returns the delay in ms before an attempt, counted from 1: uniformly random between 0 and a bound that
 * doubles with each attempt ("full jitter"), so that the clients of a server do not reconnect all at once.
 */
export function reconnectDelayMs(
  attempt: number,
  options: Required<ReconnectOptions>,
  random: number,
): number {
  return backoffDelayMs(attempt, {
    firstMs: options.firstDelayMs,
    maxMs: options.longestDelayMs,
    jitter: 1,
    random: () => random,
  });
}
