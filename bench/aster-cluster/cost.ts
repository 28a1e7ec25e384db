import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Peer } from "../aster-server/peer.ts";
import { Generator } from "../aster-server/processes.ts";
import { addAccounts } from "./accounts.ts";
import type { CrowdJob } from "./crowd.ts";
import type { Effort, Row } from "./measures.ts";
import { type Member, Services } from "./members.ts";

const ticksPerSecond = 100;
/** Sessions that are opened at most, and the accounts of those that are one each. */
const mostSessions = 2_000;
const mostAccounts = 1_000;
/** Accounts that come and go while the others stay. */
const visitors = 25;
/** How long each stays, and stays away, in ms: longer than what one visit leaves to be done. */
const visitMs = 400;
/** How long idle sessions are watched, in ms. */
const idleMs = 10_000;
/** How long what was just done still keeps a server busy, in ms. */
const settleMs = 3_000;
/** How long a server works before it counts, so that what it runs is compiled, in ms. */
const practiceMs = 5_000;

/** The fields of /proc/PID/stat from the third on. */
function statOf(pid: number | string): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Processor time that a process has used, in ms. */
const cpuOf = (pid: number | string): number => {
  const stat = statOf(pid);
  return (1_000 * (Number(stat[11]) + Number(stat[12]))) / ticksPerSecond;
};

/** Processor time that a process and all its children have used, those that are gone included, in ms. */
function familyCpu(pid: number): number {
  const stat = statOf(pid);
  let total = cpuOf(pid) + (1_000 * (Number(stat[13]) + Number(stat[14]))) / ticksPerSecond;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Number(statOf(name)[1]) === pid) total += cpuOf(name);
    } catch {
      // It has ended while its name was read.
    }
  }
  return total;
}

const residentNow = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

/** Resident memory in MiB, once what is left for the collector has gone. */
async function residentOf({ process: { pid } }: Member): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY;
  for (let unchanged = 0; unchanged < 8; unchanged++) {
    const now = residentNow(pid);
    if (now < 0.995 * smallest) unchanged = 0;
    smallest = Math.min(smallest, now);
    await delay(1_000);
  }
  return smallest;
}

/** Opens sessions in a process of their own, which stay until it is ended. */
async function openSessions(
  { port }: Member,
  connections: number,
  tokens: readonly string[],
  follows = true,
) {
  const crowd = fork(fileURLToPath(new URL("./crowd.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(crowd, "exit");
  crowd.send({ kind: "enter", port, connections, tokens, follows } satisfies CrowdJob);
  const [{ error }] = (await once(crowd, "message")) as [{ error?: string }];
  if (error !== undefined) throw new Error(error);
  return async (): Promise<void> => {
    crowd.kill("SIGTERM");
    await exited;
  };
}

/** What sessions cost that do nothing: of few accounts, or of an account each. */
async function* sessions(count: number, accounts: number, name: string): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const member = await services.startMember(database);
  const { pid } = member.process;
  const tokens = addAccounts(services.postgres, database, accounts + visitors);
  const visiting = tokens.splice(accounts);
  const emptyMiB = await residentOf(member);
  const closeFirst = await openSessions(member, count, tokens);
  const fullMiB = await residentOf(member);
  await closeFirst();
  // The first time was spent on compiling as well.
  const beforeMs = cpuOf(pid);
  const close = await openSessions(member, count, tokens);
  const openedMs = cpuOf(pid);
  const perThousand = 1_000 / count;
  const unit = "per 1,000 sessions";
  const openSeconds = ((openedMs - beforeMs) * perThousand) / 1_000;
  yield { measure: `${name}: memory`, unit: `MiB ${unit}`, value: (fullMiB - emptyMiB) * perThousand };
  yield { measure: `${name}: processor, to open`, unit: `s ${unit}`, value: openSeconds };
  await delay(settleMs);
  const idleFromMs = cpuOf(pid);
  await delay(idleMs);
  const share = (cpuOf(pid) - idleFromMs) / idleMs;
  yield {
    measure: `${name}: processor, while idle, ${count} sessions`,
    unit: "% of a core",
    value: 100 * share,
  };
  if (accounts !== count) return close();
  const measure = `${name}: processor, for a user who comes or goes`;
  yield {
    measure: `${measure}, told by changes`,
    unit: `ms ${unit}`,
    value: (await visit(member, visiting)) * perThousand,
  };
  await close();
  const closeLast = await openSessions(member, count, tokens, false);
  await delay(settleMs);
  yield {
    measure: `${measure}, told by whole lists`,
    unit: `ms ${unit}`,
    value: (await visit(member, visiting)) * perThousand,
  };
  await closeLast();
}

/** Lets users come and go, of which all are told each time, and returns what one of the two takes, in ms. */
async function visit({ port, process: { pid } }: Member, tokens: readonly string[]): Promise<number> {
  const fromMs = cpuOf(pid);
  for (const token of tokens) {
    const peer = await Peer.connect(port);
    await peer.ask("login", { token });
    await delay(visitMs);
    peer.close();
    await delay(visitMs);
  }
  return (cpuOf(pid) - fromMs) / (2 * tokens.length);
}

/** What a process, and the database, used while something was done. */
interface Used {
  readonly processMs: number;
  readonly postgresMs: number;
  /** Time in which the database carried out statements. */
  readonly activeMs: number;
  readonly messages: number;
}

async function whileDoing(
  services: Services,
  database: string,
  { process: { pid } }: Member,
  work: () => Promise<unknown>,
): Promise<Used> {
  const name = new URL(database).pathname.slice(1);
  const ask = (sql: string): number => Number(services.postgres.execute(name, sql));
  const cpu = () => ({ processMs: cpuOf(pid), postgresMs: familyCpu(services.postgres.pid) });
  const counted = async () => {
    // The database's own statistics come a little late.
    await delay(1_500);
    return {
      activeMs: ask("select round(active_time) from pg_stat_database where datname = current_database()"),
      messages: ask("select count(*) from messages"),
    };
  };
  const before = { ...(await counted()), ...cpu() };
  await work();
  const after = { ...cpu(), ...(await counted()) };
  return {
    processMs: after.processMs - before.processMs,
    postgresMs: after.postgresMs - before.postgresMs,
    activeMs: after.activeMs - before.activeMs,
    messages: after.messages - before.messages,
  };
}

/** What messages cost that nobody but their few senders reads. */
async function* messages(effort: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const member = await services.startMember(database);
  await using generator = new Generator();
  await generator.run({ kind: "open", port: member.port, connections: 4, accounts: 4 });
  await generator.run({ kind: "send", window: 8, count: "replies", ...effort, warmUpMs: practiceMs });
  for (const window of [1, 8, 256]) {
    const used = await whileDoing(services, database, member, () =>
      generator.run({ kind: "send", window, count: "replies", ...effort }),
    );
    const thousands = used.messages / 1_000;
    const name = `messages stored, ${window} under way`;
    const unit = "ms per 1,000 messages";
    yield { measure: `${name}: processor of the server`, unit, value: used.processMs / thousands };
    yield { measure: `${name}: processor of PostgreSQL`, unit, value: used.postgresMs / thousands };
    yield { measure: `${name}: time in PostgreSQL`, unit, value: used.activeMs / thousands };
  }
}

/** What deliveries cost, at a process where nothing but readers is. */
async function* deliveries(effort: Effort): AsyncIterable<Row> {
  for (const window of [8, 64]) {
    await using services = await Services.start();
    const database = services.postgres.createDatabase();
    const [near, far] = [await services.startMember(database), await services.startMember(database)];
    await using reading = new Generator();
    await using writing = new Generator();
    const { readers } = effort;
    await writing.run({ kind: "open", port: near.port, connections: 4, accounts: 4 });
    await reading.run({ kind: "open", port: far.port, connections: readers, accounts: readers });
    await writing.run({ kind: "send", window, count: "replies", ...effort, warmUpMs: practiceMs });
    const used = await whileDoing(services, database, far, () =>
      writing.run({ kind: "send", window, count: "replies", ...effort }),
    );
    const millions = (used.messages * readers) / 1_000_000;
    yield {
      measure: `deliveries to ${readers} readers, ${window} messages under way: processor`,
      unit: "s per 1,000,000",
      value: used.processMs / 1_000 / millions,
    };
  }
}

/** What a chat process costs: its sessions, its messages, its deliveries. */
export async function* cost(effort: Effort): AsyncIterable<Row> {
  const count = Math.min(mostSessions, effort.clients);
  yield* sessions(count, 40, "sessions of 40 accounts");
  yield* sessions(
    Math.min(mostAccounts, count),
    Math.min(mostAccounts, count),
    "sessions of an account each",
  );
  yield* messages(effort);
  yield* deliveries(effort);
}
