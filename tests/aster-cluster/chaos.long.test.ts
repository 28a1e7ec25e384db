import { describe, expect, it } from "vitest";
import { clusterMissing } from "../support/cluster.ts";
import { chaosTable, faultKinds, runClusterChaos } from "../support/cluster-chaos.ts";

const minutes = Number(process.env["ASTERITE_CHAOS_MINUTES"] ?? 2);
const seed = Number(process.env["ASTERITE_CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const durationMs = 60_000 * minutes;

describe.skipIf(clusterMissing)("a cluster in which everything fails, again and again", () => {
  it(
    `loses nothing, says nothing twice, and keeps the order (${minutes} min)`,
    async () => {
      const say = (line: string) => void process.stdout.write(`${line}\n`);
      const counts = await runClusterChaos({ durationMs, seed, say });
      say(`\nseed ${seed}\n${chaosTable(counts)}`);
      expect(counts).toMatchObject({ lost: 0, doubled: 0, outOfOrder: 0, crashed: 0 });
      expect(counts.delivered).toBe(3 * counts.acknowledged);
      // One round takes less than two minutes.
      if (minutes >= 5) for (const kind of faultKinds) expect(counts.faults[kind], kind).toBeGreaterThan(0);
    },
    durationMs + 600_000,
  );
});
