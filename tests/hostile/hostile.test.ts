import { expect, it } from "vitest";
import { Arena } from "./arena.ts";
import { attacks } from "./attacks.ts";

// Whether others are served at all; `npm run test:hostile` measures how fast, and with more strangers.
const durationMs = 5000;

it("serves others while one stranger each attacks in every known way", { timeout: 180_000 }, async () => {
  await using arena = await Arena.start();
  const { witness, tallies } = await arena.endure(attacks, 1, durationMs);
  expect(witness.pingMs.length).toBeGreaterThan(0);
  expect(witness.sendMs.length).toBeGreaterThan(0);
  expect(witness).toMatchObject({ unanswered: 0, refusals: 0, refusedLogins: 0 });
  const passed = attacks.filter(({ name, mayPass }) => {
    const tally = tallies[name];
    return !mayPass && (tally?.cuts ?? 0) + (tally?.refused ?? 0) === 0;
  });
  expect(passed.map(({ name }) => name)).toEqual([]);
});
