import { expect, it } from "vitest";
import { randomUuid } from "./uuid.ts";

it("returns distinct safe integers above 0", () => {
  const uuids = Array.from({ length: 10_000 }, randomUuid);
  expect(new Set(uuids).size).toBe(uuids.length);
  expect(uuids.every((uuid) => Number.isSafeInteger(uuid) && uuid > 0)).toBe(true);
  expect(Math.max(...uuids)).toBeGreaterThan(2 ** 52);
});
