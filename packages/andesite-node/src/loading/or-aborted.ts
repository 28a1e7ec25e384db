/**
 * Waits for something, but no longer than until the signal is aborted.
 *
 * @throws What the signal was aborted with.
 */
export async function orAborted<Result>(waited: Promise<Result>, signal: AbortSignal): Promise<Result> {
  // Whoever gave up does not want to hear of a failure any more.
  waited.catch(() => {});
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([waited, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
