import fc from "fast-check";
import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

it.each([
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["1H 30 Min", 5_400_000],
  [" 2w ", 1_209_600_000],
  ["250ms", 250],
  ["0.5d", 43_200_000],
  ["", undefined],
  ["5", undefined],
  ["h", undefined],
  ["1h30", undefined],
  ["1h x", undefined],
  ["-1h", undefined],
  ["1constructo", undefined],
  [`${"1s".repeat(51)}`, undefined],
])("parses %j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  [0, "0 s"],
  [-5, "0 s"],
  [1, "0.1 s"],
  [999, "1 s"],
  [45_000, "45 s"],
  [45_001, "46 s"],
  [59_999, "1 min"],
  [5_400_000, "1 h 30 min"],
  [3_600_000, "1 h"],
  [3_601_000, "1 h"],
  [90_000_000, "1 d 1 h"],
])("formats %i ms as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it("formats at most one part in twenty below the duration, and never above it by more than a second", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), (ms) => {
      const parsed = parseDuration(formatDuration(ms)) ?? Number.NaN;
      expect(parsed).toBeLessThan(ms + 1_000);
      expect(parsed).toBeGreaterThan(ms * 0.95);
    }),
  );
});
