import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Spaced } from "./spaced.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work of a given length, and how often it was done. */
function working(workMs: number): { readonly spaced: Spaced; times: () => number } {
  let times = 0;
  const spaced = new Spaced(() => {
    times++;
    return workMs;
  });
  return { spaced, times: () => times };
}

it("does little work each time it is asked for", () => {
  const { spaced, times } = working(2);
  for (let count = 0; count < 100; count++) spaced.ask();
  expect(times()).toBe(100);
});

it("does much work at once, and then again when ten times as much time has passed, for all who asked", () => {
  const { spaced, times } = working(50);
  for (let count = 0; count < 100; count++) spaced.ask();
  expect(times()).toBe(1);
  vi.advanceTimersByTime(499);
  expect(times()).toBe(1);
  vi.advanceTimersByTime(2);
  expect(times()).toBe(2);
  vi.advanceTimersByTime(10_000);
  expect(times()).toBe(2);
  spaced.ask();
  expect(times()).toBe(3);
});

it("does not put off anything for ever", () => {
  const { spaced, times } = working(5_000);
  spaced.ask();
  spaced.ask();
  vi.advanceTimersByTime(10_001);
  expect(times()).toBe(2);
});

it("does nothing more once it is closed", () => {
  const { spaced, times } = working(50);
  spaced.ask();
  spaced.ask();
  spaced.close();
  vi.advanceTimersByTime(10_000);
  expect(times()).toBe(1);
});
