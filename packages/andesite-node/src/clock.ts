import type { Clock } from "@asterite/util";

export type { Clock } from "@asterite/util";

/**
 * The platform's monotonic clock. Unlike the one of `@asterite/util`, its timers do not keep the process
 * alive.
 */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
});

/** Calls `callback` every `intervalMs`. Returns a function that stops it. */
export function startInterval(clock: Clock, intervalMs: number, callback: () => void): () => void {
  let handle: unknown;
  const wait = (): void => {
    handle = clock.setTimeout(() => {
      wait();
      callback();
    }, intervalMs);
  };
  wait();
  return () => clock.clearTimeout(handle);
}
