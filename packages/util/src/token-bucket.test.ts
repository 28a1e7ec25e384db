import { expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

it("allows a burst, then the rate", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 3, () => now);
  expect([bucket.takeOnCredit(), bucket.takeOnCredit(), bucket.takeOnCredit()]).toEqual([0, 0, 0]);
  expect(bucket.takeOnCredit()).toBe(100);
  expect(bucket.takeOnCredit()).toBe(200);
  now = 300;
  expect(bucket.takeOnCredit()).toBe(0);
});

it("never holds more tokens than the burst", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 2, () => now);
  now = 1_000_000;
  expect([bucket.takeOnCredit(), bucket.takeOnCredit(), bucket.takeOnCredit()]).toEqual([0, 0, 100]);
});

it("takes nothing on credit with tryTake", () => {
  const bucket = new TokenBucket(10, 1, () => 0);
  expect([bucket.tryTake(), bucket.tryTake(), bucket.takeOnCredit()]).toEqual([true, false, 100]);
});

it("tolerates a clock that steps back", () => {
  let now = 1000;
  const bucket = new TokenBucket(10, 1, () => now);
  now = 0;
  expect(bucket.takeOnCredit()).toBe(0);
  expect(bucket.takeOnCredit()).toBe(100);
});

it("has no limit at an infinite rate", () => {
  const bucket = new TokenBucket(Number.POSITIVE_INFINITY, 1, () => 0);
  expect([bucket.takeOnCredit(), bucket.takeOnCredit(), bucket.tryTake()]).toEqual([0, 0, true]);
});

it("takes several tokens at once, and knows when it is full again", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 4, () => now);
  expect([bucket.isFull, bucket.tryTake(3), bucket.isFull, bucket.tryTake(2)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(bucket.takeOnCredit(3)).toBe(200);
  now = 599;
  expect(bucket.isFull).toBe(false);
  now = 600;
  expect(bucket.isFull).toBe(true);
});
