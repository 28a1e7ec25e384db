import { describe, expect, it } from "vitest";
import { clusterMissing } from "../support/cluster.ts";
import { chaosTable, runClusterChaos } from "../support/cluster-chaos.ts";

describe.skipIf(clusterMissing)("a cluster with injected faults", () => {
  it("loses and duplicates no message and keeps the order (10 s)", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const counts = await runClusterChaos({ durationMs: 10_000, seed });
    process.stdout.write(`seed ${seed}\n${chaosTable(counts)}\n`);
    expect(counts).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, crashed: 0 });
    expect(counts.acknowledged).toBeGreaterThan(0);
    expect(counts.delivered).toBe(3 * counts.acknowledged);
  }, 240_000);
});
