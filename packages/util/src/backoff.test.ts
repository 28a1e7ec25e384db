import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

it("doubles the delay with each attempt up to the maximum", () => {
  const delays = [1, 2, 3, 4, 5, 2_000].map((attempt) =>
    backoffDelayMs(attempt, { firstMs: 500, maxMs: 5_000 }),
  );
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

it("varies only the share that is jitter", () => {
  const half = { firstMs: 1_000, maxMs: 8_000, jitter: 0.5 };
  expect(backoffDelayMs(2, { ...half, random: () => 1 })).toBe(2_000);
  expect(backoffDelayMs(2, { ...half, random: () => 0 })).toBe(1_000);
  expect(backoffDelayMs(2, { ...half, jitter: 1, random: () => 0 })).toBe(0);
});

it("stays between 0 and the maximum for any attempt and jitter", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, jitter, random) => {
        const delayMs = backoffDelayMs(attempt, {
          firstMs: 250,
          maxMs: 30_000,
          jitter,
          random: () => random,
        });
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});
