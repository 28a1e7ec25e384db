import { expect, it } from "vitest";
import { openDamaged } from "./headers.test-support.ts";

it("opens or refuses 10,000 damaged setup headers without growth", () => {
  openDamaged(0, 1_000);
  const before = process.memoryUsage().rss;
  const { opened, refused } = openDamaged(1_000, 11_000);
  expect(opened + refused).toBe(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
}, 240_000);
