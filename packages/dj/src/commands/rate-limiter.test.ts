import { expect, it } from "vitest";
import { Pace } from "./rate-limiter.ts";

it("lets so many through at once, and then one more after each while", () => {
  const pace = new Pace<string>({ burst: 3, everyMs: 1_000 });
  const at = (ms: number): boolean => pace.take("ann", ms);
  expect([at(0), at(0), at(0), at(0), at(999)]).toEqual([true, true, true, false, false]);
  expect([at(1_000), at(1_000), at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([
    ...[true, false, true, true, true, false],
  ]);
  expect(pace.take("bob", 60_000)).toBe(true);
});

it("forgets the oldest when there are too many", () => {
  const pace = new Pace<number>({ burst: 1, everyMs: 1_000 });
  for (let key = 0; key <= 10_000; key++) pace.take(key, 0);
  expect([pace.take(10_000, 0), pace.take(0, 0)]).toEqual([false, true]);
});
