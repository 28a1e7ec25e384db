import { optionNames, requireAtLeast, requireFunction, requireKnownOptions } from "../checks.ts";
import { OutOfRangeError } from "../errors.ts";

/** Options of the back-off between attempts to connect. */
export interface BackoffOptions {
  /**
   * Random share of each delay, 0 to 1: the delay is uniform between `(1 - jitter)` times its length and its
   * length. Jitter keeps the clients of a node from reconnecting simultaneously. Default: 0.
   */
  readonly jitter?: number | null | undefined;
  /** Maximum delay in ms, at least 0. Default: no maximum. */
  readonly capMs?: number | null | undefined;
  /** Random number generator from 0 to 1, for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | null | undefined;
}

const names = optionNames<BackoffOptions>({ jitter: true, capMs: true, random: true });

/** Returns the delay in ms after a failed attempt; attempts are counted from 1, and 0 has no delay. */
export type Backoff = (attempt: number) => number;

/**
 * Returns the back-off function. The delay after attempt n is ⌊n^1.5⌋ seconds: 1, 2, 5, 8, 11, 14, …
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function makeBackoff(options?: BackoffOptions | null): Backoff {
  requireKnownOptions("backoff.", options, names);
  const jitter = requireAtLeast("backoff.jitter", 0, options?.jitter ?? 0);
  if (jitter > 1) throw new OutOfRangeError("backoff.jitter", "1 or less");
  const capMs = requireAtLeast("backoff.capMs", 0, options?.capMs ?? Number.POSITIVE_INFINITY);
  const random = requireFunction("backoff.random", options?.random ?? Math.random);
  return (attempt) => Math.min(capMs, Math.floor(attempt ** 1.5) * 1_000) * (1 - jitter * random());
}
