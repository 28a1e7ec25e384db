import { backoffDelayMs } from "@asterite/util";

/** How long to wait before a connection is tried again. */
export interface ReconnectOptions {
  /** Upper bound of the first wait, in milliseconds. Default 500. */
  readonly firstDelayMs?: number;
  /** Largest upper bound, in milliseconds; the bound doubles up to it. Default 30 000. */
  readonly longestDelayMs?: number;
  /** A connection that was ready for this long, in milliseconds, starts over with the first wait. Default 60 000. */
  readonly stableAfterMs?: number;
}

/** The defaults of {@link ReconnectOptions}. */
export const defaultReconnect: Required<ReconnectOptions> = Object.freeze({
  firstDelayMs: 500,
  longestDelayMs: 30_000,
  stableAfterMs: 60_000,
});

/**
 * The wait before a try, counted from 1: uniformly random between nothing and a bound that doubles with each
 * try ("full jitter"), so that many clients of one server do not come back all at once.
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
