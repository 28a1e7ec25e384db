// npm run bench -- node [SECONDS]: how many players one worker thread can run, and the cost of each.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { WorkerLoad } from "../packages/andesite-node/src/engine/messages.ts";
import { makeMedia } from "./node/media.ts";
import { play, type Scenario, scenarios, startEngine } from "./node/scenarios.ts";

const seconds = Number(process.argv[2] ?? 6);
const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
const media = await makeMedia(folder);

/** Returns the 99th percentile of the lateness of the ticks between two reports, in ms. */
function p99(before: Uint32Array | undefined, after: Uint32Array): number {
  const counts = after.map((count, ms) => count - (before?.[ms] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [ms, count] of counts.entries()) {
    sum += count;
    if (sum >= 0.99 * total) return ms;
  }
  return counts.length;
}

async function measure(scenario: Scenario, count: number): Promise<boolean> {
  const engine = startEngine();
  play(engine, scenario, media);
  await wait(1_500);
  const beforeBytes = process.memoryUsage().rss;
  for (let index = 1; index < count; index++) {
    play(engine, scenario, media);
    if (index % 20 === 0) await wait(20);
  }
  await wait(3_000);
  const empty = new Worker(new URL("node/empty-clock.ts", import.meta.url));
  const before = engine.loads[0];
  const cpu = process.cpuUsage();
  await wait(1_000 * seconds);
  const used = process.cpuUsage(cpu);
  const after = engine.loads[0];
  const emptyLateness = await new Promise<Uint32Array>((resolve) => {
    empty.once("message", resolve);
    empty.postMessage("end");
  });
  const memory = (process.memoryUsage().rss - beforeBytes) / Math.max(1, count - 1) / 2 ** 20;
  await engine.close();
  if (!before || !after) throw new Error("the worker thread has reported no load");
  return printFigures(scenario, count, {
    before,
    after,
    emptyLateness,
    cpu: (used.user + used.system) / 1_000,
    memory,
  });
}

interface Figures {
  readonly before: WorkerLoad;
  readonly after: WorkerLoad;
  readonly emptyLateness: Uint32Array;
  /** Processor time in ms. */
  readonly cpu: number;
  /** MiB per player. */
  readonly memory: number;
}

/**
 * Prints a line. Returns whether the thread could keep up: no tick skipped, and hardly later than an idle
 * clock.
 */
function printFigures({ name }: Scenario, count: number, figures: Figures): boolean {
  const { before, after, emptyLateness, cpu, memory } = figures;
  const late = p99(before.lateness, after.lateness);
  const empty = p99(undefined, emptyLateness);
  const skipped = after.skipped - before.skipped;
  const keepsUp = late - empty <= 5 && skipped === 0;
  console.log(
    [
      name.padEnd(22),
      `${count}`.padStart(5),
      `p99 ${late} ms`.padStart(10),
      `empty ${empty} ms`.padStart(12),
      `skipped ${skipped}`.padStart(12),
      `busy ${(100 * after.busy).toFixed(0)} %`.padStart(10),
      `${(cpu / seconds / count).toFixed(2)} ms/s`.padStart(12),
      `${memory.toFixed(2)} MiB`.padStart(10),
      keepsUp ? "holds" : "does not hold",
    ].join("  "),
  );
  return keepsUp;
}

console.log(
  "scenario              players   lateness     of an empty clock   CPU per player, memory per player",
);
for (const scenario of scenarios) {
  for (const count of scenario.counts) if (!(await measure(scenario, count))) break;
}
await rm(folder, { recursive: true });
process.exit(0);
