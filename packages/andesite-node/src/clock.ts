import type { Clock } from "@asterite/util";

export type { Clock } from "@asterite/util";

/** The machine's own clock, monotonic. Its timers do not keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
});

/** Calls back every `intervalMs` until the function that comes back is called. */
export function every(clock: Clock, intervalMs: number, callback: () => void): () => void {
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
