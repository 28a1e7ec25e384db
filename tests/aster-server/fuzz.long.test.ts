import { it } from "vitest";
import { fuzz } from "../support/fuzz/fuzz.ts";

/** Seed of a failed run to reproduce; the error message of a failure contains it. */
const given = Number(process.env["ASTERITE_FUZZ_SEED"]) || undefined;
const seed = given ?? Date.now() % 2 ** 31;

it("survives 100 000 arbitrary requests, lines and frames", { timeout: 30 * 60_000 }, async () => {
  await fuzz(seed, 100_000);
});
