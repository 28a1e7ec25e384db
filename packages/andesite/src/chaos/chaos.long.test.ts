import { expect, it } from "vitest";
import { runChaos } from "./run-chaos.test-support.ts";

it("loses no operation while nodes die, drop connections and stall (1 min)", async () => {
  const counts = await runChaos({ durationMs: 60_000, nodes: 3, guilds: 200 });
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  expect(counts).toMatchObject({
    wrongPlayers: 0,
    playersTwice: 0,
    duplicateEvents: 0,
    failedOperations: 0,
    handlesLeft: 0,
    tracksTwice: 0,
  });
  expect(counts.operations).toBeGreaterThan(2_000);
}, 180_000);
