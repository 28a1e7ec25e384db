import { expect, it } from "vitest";
import { openDamaged } from "./headers.test-support.ts";

it("opens or refuses damaged setup headers", () => {
  const { opened, refused } = openDamaged(0, 300);
  expect(opened).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
