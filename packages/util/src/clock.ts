/** Source of time and timers. Tests pass a clock that they advance by hand. */
export interface Clock {
  /** Current time in ms since a fixed but unspecified moment. */
  now(): number;
  /** Calls `callback` once after `delayMs`. Returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** Cancels a timer. A timer that has fired, or `undefined`, is ignored. */
  clearTimeout(handle: unknown): void;
}

const clockMethods = ["now", "setTimeout", "clearTimeout"] as const satisfies readonly (keyof Clock)[];

/** What {@link isClock} accepts, in words. */
export const clockInWords = `an object with ${clockMethods.join(", ")}`;

/** Returns whether a value, perhaps of a caller without types, has the methods of a {@link Clock}. */
export const isClock = (value: unknown): value is Clock =>
  clockMethods.every((name) => typeof Object(value)[name] === "function");

/** The platform's monotonic clock. Its timers keep a Node process alive. */
export const systemClock: Clock = /* @__PURE__ */ Object.freeze({
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
  clearTimeout: (handle: unknown) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
});

/**
 * Longest delay that platform timers support, in ms (about 24.8 days). They treat a longer delay as 0 or 1
 * ms.
 */
export const maxTimerMs = 2 ** 31 - 1;

/** Starts a timer whose delay is capped at {@link maxTimerMs}, so `Infinity` is allowed. */
export const startTimer = (clock: Clock, delayMs: number, callback: () => void): unknown =>
  clock.setTimeout(callback, Math.min(delayMs, maxTimerMs));
