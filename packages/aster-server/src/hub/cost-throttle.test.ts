import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CostThrottle } from "./cost-throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work of a given length, and how often it was done. */
function working(workMs: number): { readonly spaced: CostThrottle; times: () => number } {
  let times = 0;
  const spaced = new CostThrottle(() => {
    times++;
    return workMs;
  });
  return { spaced, times: () => times };
}

it("does little work each time it is asked for", () => {
  const { spaced, times } = working(0.2);
  for (let count = 0; count < 100; count++) spaced.request();
  expect(times()).toBe(100);
  vi.advanceTimersByTime(200);
  for (let count = 0; count < 100; count++) spaced.request();
  expect(times()).toBe(200);
});

it("does much work at once, and then again when ten times as much time has passed, for all who asked", () => {
  const { spaced, times } = working(50);
  for (let count = 0; count < 100; count++) spaced.request();
  expect(times()).toBe(1);
  vi.advanceTimersByTime(299);
  expect(times()).toBe(1);
  vi.advanceTimersByTime(2);
  expect(times()).toBe(2);
  for (let passedMs = 0; passedMs < 10_000; passedMs += 10) {
    vi.advanceTimersByTime(10);
    spaced.request();
  }
  expect(times()).toBe(22);
});

it("does not let much little work take more than its share either", () => {
  const { spaced, times } = working(1);
  for (let passedMs = 0; passedMs < 1000; passedMs++) {
    spaced.request();
    vi.advanceTimersByTime(1);
  }
  // A tenth of the time, and what may be done at once.
  expect(times()).toBe(121);
});

it("does not put off anything for ever", () => {
  const { spaced, times } = working(5_000);
  spaced.request();
  spaced.request();
  vi.advanceTimersByTime(10_001);
  expect(times()).toBe(2);
});

it("does nothing more once it is closed", () => {
  const { spaced, times } = working(50);
  spaced.request();
  spaced.request();
  spaced.close();
  vi.advanceTimersByTime(10_000);
  expect(times()).toBe(1);
});
