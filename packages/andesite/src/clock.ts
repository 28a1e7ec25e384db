/** Where waiting comes from, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Calls back once after a delay in milliseconds. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** Takes a call back. */
  clearTimeout(handle: unknown): void;
}

/** The platform's own clock, monotonic. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
  clearTimeout: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
});

/** The longest delay that timers of the platforms know, in ms. */
export const longestDelayMs = 2 ** 31 - 1;

/** Waits; rejects with the signal's reason when it aborts, and leaves no timer behind. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = clock.setTimeout(
      () => {
        signal.removeEventListener("abort", abort);
        resolve();
      },
      Math.min(delayMs, longestDelayMs),
    );
    signal.addEventListener("abort", abort, { once: true });
  });
}
