import { expect, it } from "vitest";
import { Pace } from "./cooldowns.ts";

it("keeps a distance in time for each key apart", () => {
  const pace = new Pace();
  pace.use("a", 3000, 1000);
  expect(pace.waitMs("a", 1500)).toBe(2500);
  expect(pace.waitMs("a", 4000)).toBe(0);
  expect(pace.waitMs("b", 1500)).toBe(0);
});

it("forgets what has expired when it has many keys", () => {
  const pace = new Pace();
  pace.use("lasting", 1_000_000, 0);
  for (let key = 0; key < 30_000; key++) pace.use(`${key}`, 1, key * 2);
  expect(pace.waitMs("lasting", 60_000)).toBe(940_000);
  expect(pace.waitMs("29999", 59_998)).toBe(1);
});
