import { PostgresServer } from "@asterite/testkit";
import { it } from "vitest";
import { fuzz } from "../support/fuzz/fuzz.ts";

/** Seed of a failed run to reproduce; the error message of a failure contains it. */
const given = Number(process.env["ASTERITE_FUZZ_SEED"]) || undefined;
const seed = given ?? Date.now() % 2 ** 31;
const inputs = 200_000;
const timeout = 60 * 60_000;

it(`survives ${inputs} arbitrary requests, lines and frames`, { timeout }, async () => {
  await fuzz(seed, inputs);
});

it.skipIf(!PostgresServer.isInstalled)(
  `survives ${inputs} arbitrary requests, lines and frames on PostgreSQL`,
  { timeout },
  async () => {
    await using postgres = await PostgresServer.start();
    await fuzz(seed, inputs, postgres.createDatabase());
  },
);
