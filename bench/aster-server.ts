// npm run bench -- aster-server: throughput of the chat server, compared with a bare listener on the same
// machine.

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type Effort, measures, type Row } from "./aster-server/measures.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: Object.keys(measures) },
    connections: { type: "string" },
    rounds: { type: "string" },
    json: { type: "string" },
  },
});

const full: Effort = {
  warmUpMs: 1000,
  measureMs: 3000,
  rounds: 3,
  connections: [1, 50, 200, 1000],
  idleConnections: 5000,
  messages: 1_000_000,
};
const quick: Effort = {
  warmUpMs: 500,
  measureMs: 1000,
  rounds: 1,
  connections: [1, 50, 200],
  idleConnections: 500,
  messages: 100_000,
};
const effort: Effort = {
  ...(values.quick ? quick : full),
  ...(values.connections !== undefined && { connections: values.connections.split(",").map(Number) }),
  ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
};

const unknown = values.only.find((name) => !Object.hasOwn(measures, name));
if (unknown !== undefined) {
  console.error(`unknown measurement "${unknown}": --only accepts ${Object.keys(measures).join(", ")}`);
  process.exit(2);
}

const number = (value: number | undefined): string =>
  value === undefined ? "" : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });

const print = (cells: readonly string[]): void => {
  const [measure = "", server = "", bare = "", ratio = "", unit = ""] = cells;
  const figures = `${server.padStart(11)} ${bare.padStart(11)} ${ratio.padStart(6)}`;
  console.log(`${measure.padEnd(50)} ${figures}  ${unit}`);
};

const machine = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? "",
  cores: availableParallelism(),
  loadBefore: loadavg()[0] ?? 0,
};
console.log(
  `${machine.date}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), load ${machine.loadBefore}\n`,
);
print(["", "server", "bare", "ratio"]);

const rows: Row[] = [];
for (const name of values.only) {
  for await (const row of measures[name]?.(effort) ?? []) {
    rows.push(row);
    print([row.measure, number(row.server), number(row.bare), row.ratio?.toFixed(2) ?? "", row.unit]);
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ ...machine, effort, rows }, undefined, 2)}\n`);
}
process.exit();
