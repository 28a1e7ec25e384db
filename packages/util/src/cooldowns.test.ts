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
