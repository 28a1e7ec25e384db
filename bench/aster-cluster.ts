// npm run bench -- aster-cluster: performance of several chat servers on one database, compared with one.

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { NatsServer, PostgresServer } from "@asterite/testkit";
import { authentication } from "./aster-cluster/authentication.ts";
import { cost } from "./aster-cluster/cost.ts";
import { type Effort, type Measure, measures as others, type Row } from "./aster-cluster/measures.ts";

const measures: Readonly<Record<string, Measure>> = { ...others, cost, authentication };

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: Object.keys(measures) },
    clients: { type: "string" },
    json: { type: "string" },
  },
});

const full: Effort = {
  warmUpMs: 1000,
  measureMs: 3000,
  rounds: 2,
  readers: 200,
  messages: 1000,
  events: 50_000,
  clients: 10_000,
};
const quick: Effort = {
  warmUpMs: 500,
  measureMs: 1000,
  rounds: 1,
  readers: 100,
  messages: 200,
  events: 20_000,
  clients: 1000,
};
const effort: Effort = {
  ...(values.quick ? quick : full),
  ...(values.clients !== undefined && { clients: Number(values.clients) }),
};

const unknown = values.only.find((name) => !Object.hasOwn(measures, name));
if (unknown !== undefined) {
  console.error(`unknown measurement "${unknown}": --only accepts ${Object.keys(measures).join(", ")}`);
  process.exit(2);
}
if (!PostgresServer.isInstalled || !NatsServer.isInstalled) {
  console.error("PostgreSQL and NATS are not installed: run npm run setup:services");
  process.exit(2);
}

const number = (value: number | undefined): string =>
  value === undefined ? "" : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });

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

const rows: Row[] = [];
for (const name of values.only) {
  for await (const row of measures[name]?.(effort) ?? []) {
    rows.push(row);
    const ratio = row.beside === undefined ? "" : (row.value / row.beside).toFixed(2);
    const figures = `${number(row.value).padStart(11)} ${number(row.beside).padStart(11)} ${ratio.padStart(6)}`;
    console.log(`${row.measure.padEnd(76)} ${figures}  ${row.unit}`);
  }
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ ...machine, effort, rows }, undefined, 2)}\n`);
}
process.exit();
