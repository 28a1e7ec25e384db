import { expect, it } from "vitest";
import { Cooldowns } from "./cooldowns.ts";

it("counts the cooldown of each key separately", () => {
  const cooldowns = new Cooldowns();
  cooldowns.start("a", 3000, 1000);
  expect(cooldowns.remainingMs("a", 1500)).toBe(2500);
  expect(cooldowns.remainingMs("a", 4000)).toBe(0);
  expect(cooldowns.remainingMs("b", 1500)).toBe(0);
});

it("removes expired keys when it holds many", () => {
  const cooldowns = new Cooldowns();
  cooldowns.start("lasting", 1_000_000, 0);
  for (let key = 0; key < 30_000; key++) cooldowns.start(`${key}`, 1, key * 2);
  expect(cooldowns.remainingMs("lasting", 60_000)).toBe(940_000);
  expect(cooldowns.remainingMs("29999", 59_998)).toBe(1);
});

it("allows a burst, then one use per cooldown", () => {
  const cooldowns = new Cooldowns();
  const use = (now: number) => cooldowns.tryStart("a", 1000, now, 3);
  expect([use(0), use(0), use(0), use(0), use(999), use(1000), use(1000)]).toEqual([
    0, 0, 0, 1000, 1, 0, 1000,
  ]);
  expect(cooldowns.remainingMs("a", 1500, 1000, 3)).toBe(500);
  expect([use(5000), use(5000), use(5000), use(5000)]).toEqual([0, 0, 0, 1000]);
});

it("forgets the key that was used first when too many are in use", () => {
  const cooldowns = new Cooldowns();
  for (let key = 0; key < 150_000; key++) cooldowns.tryStart(`${key}`, 1_000_000, 0);
  expect(cooldowns.remainingMs("0", 0)).toBe(0);
  expect(cooldowns.remainingMs("149999", 0)).toBe(1_000_000);
});
