/** Source of time and timers. */
export interface Clock {
  /** Current Unix time in ms. */
  now(): number;
  /** Calls `callback` once after a delay in ms. Returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** Cancels a timer. */
  clearTimeout(handle: unknown): void;
}

/** Clock of the platform. Unlike that of `@asterite/util` it counts Unix time, which dates messages. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
