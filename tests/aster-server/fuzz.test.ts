import { it } from "vitest";
import { fuzz } from "../support/fuzz/fuzz.ts";

// Fixed, so that a failure is caused by the change under test; the long test uses other seeds.
const seed = 1;

it("survives 900 arbitrary requests, lines and frames", { timeout: 60_000 }, async () => {
  await fuzz(seed, 900);
});
