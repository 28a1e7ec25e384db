import { describe, expect, it } from "vitest";
import { clusterMissing } from "../support/cluster.ts";
import { chaosTable, faultNames, runClusterChaos } from "../support/cluster-chaos.ts";

const minutes = Number(process.env["ASTERITE_CHAOS_MINUTES"] ?? 2);
const seed = Number(process.env["ASTERITE_CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const durationMs = 60_000 * minutes;

describe.skipIf(clusterMissing)("a cluster with injected faults", () => {
  it(
    `loses and duplicates no message and keeps the order (${minutes} min)`,
    async () => {
      const print = (line: string) => void process.stdout.write(`${line}\n`);
      const counts = await runClusterChaos({ durationMs, seed, onProgress: print });
      print(`\nseed ${seed}\n${chaosTable(counts)}`);
      expect(counts).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, crashed: 0 });
      expect(counts.delivered).toBe(3 * counts.acknowledged);
      // One round takes less than two minutes.
      if (minutes >= 5) for (const name of faultNames) expect(counts.faults[name], name).toBeGreaterThan(0);
    },
    durationMs + 600_000,
  );
});
