import { expect, it } from "vitest";
import { killUnderLoad } from "../support/durability.ts";

it("loses no acknowledged message in twenty kills under load", async () => {
  const counts = await killUnderLoad(20);
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  expect(counts).toMatchObject({ lost: 0, duplicated: 0, deliveredAndLost: 0 });
  expect(counts.acknowledged).toBeGreaterThan(0);
}, 600_000);
