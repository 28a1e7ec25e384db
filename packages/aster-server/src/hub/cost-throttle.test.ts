import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CostThrottle } from "./cost-throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A throttle whose job has a given cost, and the number of its runs. */
function throttleOf(costMs: number): { readonly throttle: CostThrottle; runs: () => number } {
  let runs = 0;
  const throttle = new CostThrottle(() => {
    runs++;
    return costMs;
  });
  return { throttle, runs: () => runs };
}

it("runs a cheap job on every request", () => {
  const { throttle, runs } = throttleOf(0.2);
  for (let count = 0; count < 100; count++) throttle.request();
  expect(runs()).toBe(100);
  vi.advanceTimersByTime(200);
  for (let count = 0; count < 100; count++) throttle.request();
  expect(runs()).toBe(200);
});

it("runs an expensive job once, then delays and merges requests until ten times its cost has passed", () => {
  const { throttle, runs } = throttleOf(50);
  for (let count = 0; count < 100; count++) throttle.request();
  expect(runs()).toBe(1);
  vi.advanceTimersByTime(299);
  expect(runs()).toBe(1);
  vi.advanceTimersByTime(2);
  expect(runs()).toBe(2);
  for (let passedMs = 0; passedMs < 10_000; passedMs += 10) {
    vi.advanceTimersByTime(10);
    throttle.request();
  }
  expect(runs()).toBe(22);
});

it("limits many cheap runs to the same share", () => {
  const { throttle, runs } = throttleOf(1);
  for (let passedMs = 0; passedMs < 1000; passedMs++) {
    throttle.request();
    vi.advanceTimersByTime(1);
  }
  // A tenth of the time, plus the burst.
  expect(runs()).toBe(121);
});

it("delays a run by at most the maximum, however expensive the previous ones were", () => {
  const { throttle, runs } = throttleOf(5_000);
  throttle.request();
  throttle.request();
  vi.advanceTimersByTime(10_001);
  expect(runs()).toBe(2);
});

it("cancels the pending run when closed", () => {
  const { throttle, runs } = throttleOf(50);
  throttle.request();
  throttle.request();
  throttle.close();
  vi.advanceTimersByTime(10_000);
  expect(runs()).toBe(1);
});
