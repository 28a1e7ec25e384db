import { expect, it } from "vitest";
import { KeyedRateLimiter } from "./keyed-rate-limiter.ts";

it("allows a burst, then one use per interval, for each key", () => {
  const limiter = new KeyedRateLimiter<string>({ burst: 3, everyMs: 1_000 });
  const at = (ms: number): boolean => limiter.tryUse("ann", ms);
  expect([at(0), at(0), at(0), at(0), at(999)]).toEqual([true, true, true, false, false]);
  expect([at(1_000), at(1_000), at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
  expect(limiter.tryUse("bob", 60_000)).toBe(true);
});

it("forgets the oldest key when it holds too many", () => {
  const limiter = new KeyedRateLimiter<number>({ burst: 1, everyMs: 1_000 });
  for (let key = 0; key <= 10_000; key++) limiter.tryUse(key, 0);
  expect([limiter.tryUse(10_000, 0), limiter.tryUse(0, 0)]).toEqual([false, true]);
});

it("returns the time until the next use", () => {
  const limiter = new KeyedRateLimiter<string>({ burst: 2, everyMs: 1_000 });
  expect(limiter.remainingMs("ann", 0)).toBe(0);
  limiter.tryUse("ann", 0);
  expect(limiter.remainingMs("ann", 0)).toBe(0);
  limiter.tryUse("ann", 0);
  expect([limiter.remainingMs("ann", 0), limiter.remainingMs("ann", 400)]).toEqual([1_000, 600]);
  expect(limiter.remainingMs("bob", 0)).toBe(0);
});
