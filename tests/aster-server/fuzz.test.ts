import { it } from "vitest";
import { fuzz } from "../support/fuzz/fuzz.ts";

// Fixed, so that a failure here is the change's fault; the long form goes through other seeds.
const seed = 1;

it("survives some hundreds of arbitrary requests, lines and frames", { timeout: 60_000 }, async () => {
  await fuzz(seed, 900);
});
