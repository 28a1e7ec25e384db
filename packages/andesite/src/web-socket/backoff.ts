import { requireAtLeast, requireFunction } from "../checks.ts";
import { OutOfRangeError } from "../errors.ts";

/** How long to wait between attempts to connect. */
export interface BackoffOptions {
  /**
   * Which share of each wait is random, 0 to 1: the wait is uniform between `(1 - jitter)` times its length and
   * its length. Above 0, many clients of one node do not come back all at once. Default: 0.
   */
  readonly jitter?: number | null | undefined;
  /** Longest wait, in milliseconds, 0 or more. Default: none. */
  readonly capMs?: number | null | undefined;
  /** Gives a number from 0 to 1 for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | null | undefined;
}

/** Gives the wait in milliseconds after the failed attempt with a number, counted from 1. */
export type Backoff = (attempt: number) => number;

/**
 * After attempt n the wait is the whole part of n to the power of 1.5, in seconds: 1, 2, 5, 8, 11, 14, ...
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function makeBackoff(options?: BackoffOptions | null): Backoff {
  const jitter = requireAtLeast("backoff.jitter", 0, options?.jitter ?? 0);
  if (jitter > 1) throw new OutOfRangeError("backoff.jitter", "1 or less");
  const capMs = requireAtLeast("backoff.capMs", 0, options?.capMs ?? Number.POSITIVE_INFINITY);
  const random = requireFunction("backoff.random", options?.random ?? Math.random);
  return (attempt) => Math.min(capMs, Math.floor(attempt ** 1.5) * 1_000) * (1 - jitter * random());
}
