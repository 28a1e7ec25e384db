import { expect, it } from "vitest";
import { killUnderLoad } from "../support/durability.ts";

it("loses no acknowledged or published message when killed under load", async () => {
  const counts = await killUnderLoad(3);
  expect(counts).toMatchObject({ lost: 0, duplicated: 0, deliveredAndLost: 0 });
  expect(counts.acknowledged).toBeGreaterThan(0);
}, 120_000);
