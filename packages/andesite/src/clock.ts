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

/** The longest delay that timers of the platforms know, in ms; they take a longer one for none at all. */
const longestDelayMs = 2 ** 31 - 1;

/** Calls back once after a delay of any length, of which infinity is 25 days. Gives what `clearTimeout` takes. */
export const startTimer = (clock: Clock, delayMs: number, callback: () => void): unknown =>
  clock.setTimeout(callback, Math.min(delayMs, longestDelayMs));

/** Waits; rejects with the signal's reason when it aborts, and leaves no timer behind. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = startTimer(clock, delayMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}
