import { expect, it } from "vitest";
import { settled } from "./settled.ts";

it("waits until a number no longer changes", async () => {
  let reads = 0;
  expect(await settled(() => Math.min(++reads, 30))).toBe(30);
  expect(reads).toBe(40);
});
