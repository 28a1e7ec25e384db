import { onTestFinished, vi } from "vitest";

/** Time that stands still until a test moves it. */
interface FakeTime {
  /** Number of pending timers. */
  readonly pending: number;
  /** Moved time in ms. */
  now(): number;
  /** Moves the time forward, and runs the timers that become due. */
  advance(ms: number): Promise<void>;
}

/** Replaces the timers until the end of the test. */
export function useFakeTime(): FakeTime {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let nowMs = 0;
  return {
    get pending() {
      return vi.getTimerCount();
    },
    now: () => nowMs,
    async advance(ms) {
      await vi.advanceTimersByTimeAsync(ms);
      nowMs += ms;
    },
  };
}
