import { expect, it } from "vitest";
import { RegistrationLimit } from "./registration-limit.ts";

it("limits the registrations of each address, and forgives one after its share of the hour", () => {
  let now = 0;
  const limit = new RegistrationLimit(2, () => now);
  expect([limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")]).toEqual([0, 0, 1_800_000, 0]);
  now += 1_799_000;
  expect(limit.take("a")).toBeGreaterThan(0);
  now += 2000;
  expect([limit.take("a"), limit.take("a")]).toEqual([0, 1_800_000]);
});

it("forgets the address that registered first when there are too many", () => {
  const limit = new RegistrationLimit(1, () => 0);
  limit.take("first");
  for (let index = 0; index < 20_000; index++) limit.take(`${index}`);
  expect([limit.take("19999"), limit.take("first")]).toEqual([3_600_000, 0]);
});
