import fc from "fast-check";
import { expect, it } from "vitest";
import { defaultReconnect, reconnectDelayMs } from "./backoff.ts";

it("doubles the bound up to the maximum, and spreads delays from 0 to the bound", () => {
  const bounds = [1, 2, 3, 6, 7, 8, 1000].map((attempt) => reconnectDelayMs(attempt, defaultReconnect, 1));
  expect(bounds).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
  expect(reconnectDelayMs(5, defaultReconnect, 0)).toBe(0);
  expect(reconnectDelayMs(3, defaultReconnect, 0.5)).toBe(1000);
});

it("stays in range for any number of attempts", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, random) => {
        const delayMs = reconnectDelayMs(attempt, defaultReconnect, random);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(defaultReconnect.longestDelayMs);
      },
    ),
  );
});
