import { expect, it } from "vitest";
import { Rate } from "./token-bucket.ts";

it("lets a burst through, then as many as the rate allows", () => {
  let now = 0;
  const rate = new Rate(10, 3, () => now);
  expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 0]);
  expect(rate.take()).toBe(100);
  expect(rate.take()).toBe(200);
  now = 300;
  expect(rate.take()).toBe(0);
});

it("never saves up more than the burst", () => {
  let now = 0;
  const rate = new Rate(10, 2, () => now);
  now = 1_000_000;
  expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 100]);
});

it("takes nothing on credit when it only tries", () => {
  const rate = new Rate(10, 1, () => 0);
  expect([rate.tryTake(), rate.tryTake(), rate.take()]).toEqual([true, false, 100]);
});

it("survives a clock that goes back", () => {
  let now = 1000;
  const rate = new Rate(10, 1, () => now);
  now = 0;
  expect(rate.take()).toBe(0);
  expect(rate.take()).toBe(100);
});

it("knows no bound when told so", () => {
  const rate = new Rate(Number.POSITIVE_INFINITY, 1, () => 0);
  expect([rate.take(), rate.take(), rate.tryTake()]).toEqual([0, 0, true]);
});
