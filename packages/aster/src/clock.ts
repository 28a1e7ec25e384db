/** Where waiting and the time come from. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls back once after a delay in milliseconds. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** Takes a call back. */
  clearTimeout(handle: unknown): void;
}

/** The platform's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
