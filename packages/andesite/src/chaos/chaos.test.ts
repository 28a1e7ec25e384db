import { expect, it } from "vitest";
import { runChaos } from "./run-chaos.test-support.ts";

it("loses no operation while nodes die, drop connections and stall (4 s)", async () => {
  const counts = await runChaos({ durationMs: 4_000, nodes: 3, guilds: 200 });
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  expect(counts).toMatchObject({
    wrongPlayers: 0,
    playersTwice: 0,
    duplicateEvents: 0,
    failedOperations: 0,
    handlesLeft: 0,
    tracksTwice: 0,
  });
  expect(counts.operations).toBeGreaterThan(200);
  expect(counts.kills + counts.drops + counts.stalls).toBeGreaterThan(2);
}, 60_000);
