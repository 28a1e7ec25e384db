import { type Clock, startTimer } from "@asterite/util";

export { type Clock, startTimer, systemClock } from "@asterite/util";

/**
 * Resolves after a delay in ms. Rejects with the signal's reason when it aborts, and then clears the timer.
 */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
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
