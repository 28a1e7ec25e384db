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
import { type MemberProcess, Services } from "./members.ts";

const ticksPerSecond = 100;
/** Limit of sessions. */
const maxSessions = 2_000;
/** Limit of sessions where each has its own account. */
const maxAccounts = 1_000;
/** Accounts that connect briefly while the others stay online. */
const visitors = 25;
/** Time that each stays online, and offline before the next; longer than the server works on the change. */
const visitMs = 400;
/** Time for which idle sessions are measured. */
const idleMs = 10_000;
/** Time until a server is idle after the previous step. */
const settleMs = 3_000;
/** Warm-up of a server, so that its code is compiled. */
const serverWarmUpMs = 5_000;

/** Reads the fields of /proc/PID/stat from the third on. */
function readStat(pid: number | string): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Returns the CPU time of a process, in ms. */
const cpuMs = (pid: number | string): number => {
  const stat = readStat(pid);
  return (1_000 * (Number(stat[11]) + Number(stat[12]))) / ticksPerSecond;
};

/** Returns the CPU time of a process and its children, including those that have exited, in ms. */
function cpuMsWithChildren(pid: number): number {
  const stat = readStat(pid);
  let total = cpuMs(pid) + (1_000 * (Number(stat[13]) + Number(stat[14]))) / ticksPerSecond;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Number(readStat(name)[1]) === pid) total += cpuMs(name);
    } catch {
      // The process has exited since the directory was read.
    }
  }
  return total;
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

/** Returns the resident memory in MiB, once garbage collection has settled. */
async function settledResidentMiB({ process: { pid } }: MemberProcess): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY;
  for (let unchanged = 0; unchanged < 8; unchanged++) {
    const now = residentMiB(pid);
    if (now < 0.995 * smallest) unchanged = 0;
    smallest = Math.min(smallest, now);
    await delay(1_000);
  }
  return smallest;
}

/** Opens sessions in a separate process. Returns a function that closes them. */
async function openSessions(
  { port }: MemberProcess,
  connections: number,
  tokens: readonly string[],
  subscribesToPresence = true,
) {
  const crowd = fork(fileURLToPath(new URL("./crowd.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(crowd, "exit");
  crowd.send({ type: "connect", port, connections, tokens, subscribesToPresence } satisfies CrowdJob);
  const [{ error }] = (await once(crowd, "message")) as [{ error?: string }];
  if (error !== undefined) throw new Error(error);
  return async (): Promise<void> => {
    crowd.kill("SIGTERM");
    await exited;
  };
}

/** Measures the cost of idle sessions of a given number of accounts. */
async function* sessions(count: number, accounts: number, name: string): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const member = await services.startMember(database);
  const { pid } = member.process;
  const tokens = addAccounts(services.postgres, database, accounts + visitors);
  const visiting = tokens.splice(accounts);
  const emptyMiB = await settledResidentMiB(member);
  const closeFirst = await openSessions(member, count, tokens);
  const fullMiB = await settledResidentMiB(member);
  await closeFirst();
  // The first round also compiled the code.
  const beforeMs = cpuMs(pid);
  const close = await openSessions(member, count, tokens);
  const openedMs = cpuMs(pid);
  const perThousand = 1_000 / count;
  const unit = "per 1,000 sessions";
  const openSeconds = ((openedMs - beforeMs) * perThousand) / 1_000;
  yield { measure: `${name}: memory`, unit: `MiB ${unit}`, value: (fullMiB - emptyMiB) * perThousand };
  yield { measure: `${name}: CPU to open`, unit: `s ${unit}`, value: openSeconds };
  await delay(settleMs);
  const idleFromMs = cpuMs(pid);
  await delay(idleMs);
  const share = (cpuMs(pid) - idleFromMs) / idleMs;
  yield {
    measure: `${name}: CPU while idle, ${count} sessions`,
    unit: "% of a core",
    value: 100 * share,
  };
  if (accounts !== count) return close();
  const measure = `${name}: CPU for one presence change`;
  yield {
    measure: `${measure}, sent as changes`,
    unit: `ms ${unit}`,
    value: (await connectBriefly(member, visiting)) * perThousand,
  };
  await close();
  const closeLast = await openSessions(member, count, tokens, false);
  await delay(settleMs);
  yield {
    measure: `${measure}, sent as full lists`,
    unit: `ms ${unit}`,
    value: (await connectBriefly(member, visiting)) * perThousand,
  };
  await closeLast();
}

/**
 * Connects and disconnects users, and returns the CPU time of one presence change for all sessions, in ms.
 */
async function connectBriefly(
  { port, process: { pid } }: MemberProcess,
  tokens: readonly string[],
): Promise<number> {
  const fromMs = cpuMs(pid);
  for (const token of tokens) {
    const peer = await Peer.connect(port);
    await peer.request("login", { token });
    await delay(visitMs);
    peer.close();
    await delay(visitMs);
  }
  return (cpuMs(pid) - fromMs) / (2 * tokens.length);
}

/** Resources used by a server process and the database during a task. */
interface Usage {
  /** CPU time of the server process. */
  readonly processMs: number;
  /** CPU time of PostgreSQL. */
  readonly postgresMs: number;
  /** Time in which the database executed statements. */
  readonly activeMs: number;
  readonly messages: number;
}

async function measureUsage(
  services: Services,
  database: string,
  { process: { pid } }: MemberProcess,
  task: () => Promise<unknown>,
): Promise<Usage> {
  const name = new URL(database).pathname.slice(1);
  const query = (sql: string): number => Number(services.postgres.execute(name, sql));
  const cpu = () => ({ processMs: cpuMs(pid), postgresMs: cpuMsWithChildren(services.postgres.pid) });
  const readStatistics = async () => {
    // PostgreSQL publishes its statistics with a delay.
    await delay(1_500);
    return {
      activeMs: query("select round(active_time) from pg_stat_database where datname = current_database()"),
      messages: query("select count(*) from messages"),
    };
  };
  const before = { ...(await readStatistics()), ...cpu() };
  await task();
  const after = { ...cpu(), ...(await readStatistics()) };
  return {
    processMs: after.processMs - before.processMs,
    postgresMs: after.postgresMs - before.postgresMs,
    activeMs: after.activeMs - before.activeMs,
    messages: after.messages - before.messages,
  };
}

/** Measures the cost of messages with few readers. */
async function* messages(effort: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const member = await services.startMember(database);
  await using generator = new Generator();
  await generator.run({ type: "open", port: member.port, connections: 4, accounts: 4 });
  await generator.run({ type: "send", window: 8, count: "replies", ...effort, warmUpMs: serverWarmUpMs });
  for (const window of [1, 8, 256]) {
    const used = await measureUsage(services, database, member, () =>
      generator.run({ type: "send", window, count: "replies", ...effort }),
    );
    const thousands = used.messages / 1_000;
    const name = `messages stored, ${window} in flight`;
    const unit = "ms per 1,000 messages";
    yield { measure: `${name}: CPU of the server`, unit, value: used.processMs / thousands };
    yield { measure: `${name}: CPU of PostgreSQL`, unit, value: used.postgresMs / thousands };
    yield { measure: `${name}: time in PostgreSQL`, unit, value: used.activeMs / thousands };
  }
}

/** Measures the cost of deliveries, on a process with readers only. */
async function* deliveries(effort: Effort): AsyncIterable<Row> {
  for (const window of [8, 64]) {
    await using services = await Services.start();
    const database = services.postgres.createDatabase();
    const [near, far] = [await services.startMember(database), await services.startMember(database)];
    await using reading = new Generator();
    await using writing = new Generator();
    const { readers } = effort;
    await writing.run({ type: "open", port: near.port, connections: 4, accounts: 4 });
    await reading.run({ type: "open", port: far.port, connections: readers, accounts: readers });
    await writing.run({ type: "send", window, count: "replies", ...effort, warmUpMs: serverWarmUpMs });
    const used = await measureUsage(services, database, far, () =>
      writing.run({ type: "send", window, count: "replies", ...effort }),
    );
    const millions = (used.messages * readers) / 1_000_000;
    yield {
      measure: `deliveries to ${readers} readers, ${window} messages in flight: CPU`,
      unit: "s per 1,000,000",
      value: used.processMs / 1_000 / millions,
    };
  }
}

/** Measures what a chat process costs: sessions, messages and deliveries. */
export async function* cost(effort: Effort): AsyncIterable<Row> {
  const count = Math.min(maxSessions, effort.clients);
  yield* sessions(count, 40, "sessions of 40 accounts");
  yield* sessions(Math.min(maxAccounts, count), Math.min(maxAccounts, count), "sessions of one account each");
  yield* messages(effort);
  yield* deliveries(effort);
}
