// npm run bench -- compare-server BASE [ROUNDS]: the chat server of this checkout beside that of another one with installed
// dependencies. Both run at the same time, and the clients of one rest while those of the other send. The processor time of a
// server is steadier than its throughput on a machine that others use.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Generator, startServer } from "./aster-server/processes.ts";

const [base, rounds = "7"] = process.argv.slice(2);
if (base === undefined) throw new Error("usage: npm run bench -- compare-server BASE [ROUNDS]");
const here = fileURLToPath(new URL("..", import.meta.url));
const duration = { warmUpMs: 1000, measureMs: 5000 };

const measures = [
  { name: "durable sends, 1 connection, window 8", connections: 1, window: 8, count: "replies" },
  { name: "durable sends, 50 connections, window 50", connections: 50, window: 50, count: "replies" },
  { name: "fan-out to 50 connections, window 64", connections: 50, window: 64, count: "pushes" },
] as const;

type Measure = (typeof measures)[number];

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
const format = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });

/** A server of a checkout with its clients. */
async function open(root: string, { connections, window, count }: Measure, stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = stack.use(await startServer(folder, root));
  const clients = stack.use(new Generator());
  await clients.run({ type: "open", port: server.port, connections, accounts: connections });
  return async () => {
    const before = server.processorSeconds();
    const perSecond = await clients.run({ type: "send", window, count, ...duration });
    const done = (perSecond * (duration.warmUpMs + duration.measureMs)) / 1000;
    return { perSecond, microseconds: (1e6 * (server.processorSeconds() - before)) / done };
  };
}

console.log(
  `Node ${process.version}, ${rounds} rounds; medians, and the range of the ratios now to before\n`,
);
console.log("| What | Before, /s | Now, /s | Ratio | CPU µs, before | Now | Ratio |");
console.log("| --- | --: | --: | --: | --: | --: | --: |");
for (const measure of measures) {
  await using stack = new AsyncDisposableStack();
  const run = { before: await open(base, measure, stack), now: await open(here, measure, stack) };
  const pairs: Record<"before" | "now", { readonly perSecond: number; readonly microseconds: number }>[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    const first = round % 2 === 0 ? await run.before() : undefined;
    const now = await run.now();
    pairs.push({ before: first ?? (await run.before()), now });
  }
  const cells = (["perSecond", "microseconds"] as const).flatMap((key) => {
    const ratios = pairs.map(({ before, now }) => now[key] / before[key]);
    const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    return [
      format(median(pairs.map(({ before }) => before[key]))),
      format(median(pairs.map(({ now }) => now[key]))),
      `${median(ratios).toFixed(2)} (${range})`,
    ];
  });
  console.log(`| ${[measure.name, ...cells].join(" | ")} |`);
}
