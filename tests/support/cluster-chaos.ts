import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { FaultProxy, NatsServer, PostgresServer, seededRandom } from "@asterite/testkit";
import { expect, onTestFinished } from "vitest";
import { type RunningServer, temporaryFolder } from "./asterite.ts";
import { logIn, readHistory, startMember } from "./cluster.ts";
import { countDefects, type Defects } from "./cluster-defects.ts";
import { type Endpoint, Reader, Writer } from "./cluster-load.ts";
import { firstChannel } from "./server.ts";

/** Faults that are injected into a cluster. */
export const faultNames = [
  "process killed",
  "all processes replaced",
  "NATS killed",
  "NATS member killed",
  "cut from NATS",
  "cut from PostgreSQL",
  "PostgreSQL killed",
  "PostgreSQL restarted",
  "clock skewed",
] as const;
type FaultName = (typeof faultNames)[number];

/** Result of a chaos run. */
export interface ClusterCounts extends Defects {
  readonly seconds: number;
  readonly faults: Readonly<Record<FaultName, number>>;
  /** Number of sends, including those repeated because the outcome was unknown. */
  readonly operations: number;
  readonly acknowledged: number;
  /** Messages received, summed over all readers. */
  readonly delivered: number;
  /** Connections made by readers and writers. */
  readonly connections: number;
  /** Processes that exited by themselves. */
  readonly crashed: number;
  /** Longest time without an acknowledgement for one writer. */
  readonly maxGapMs: number;
}

/** Options of a chaos run. */
export interface ChaosOptions {
  readonly durationMs: number;
  /** Seed of the order of faults and of all other random choices. */
  readonly seed: number;
  /** Called with one line after each fault. */
  readonly onProgress?: (line: string) => void;
}

const clusterSize = 3;
/** Delay between two messages of a writer, which bounds the memory of a long run. */
const pauseMs = 5;
/** Messages that every writer must get acknowledged between two faults. */
const messagesBetweenFaults = 20;
const patience = { timeout: 90_000, interval: 100 };
/** Largest clock offset, in seconds. */
const maxSkewSeconds = 120;

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  return values
    .map((value) => ({ value, rank: random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value);
}

/** Slot of a cluster: the process that runs in it, and the proxies between it and the services. */
interface Slot {
  readonly endpoint: Endpoint;
  readonly database: string;
  readonly nats: string;
  readonly postgresProxy: FaultProxy;
  readonly natsProxies: readonly FaultProxy[];
  member: RunningServer;
}

/** Cluster of three processes, each behind proxies, on one PostgreSQL and three NATS servers. */
class ChaosCluster {
  readonly postgres: PostgresServer;
  readonly nats: readonly NatsServer[];
  readonly slots: readonly Slot[];
  crashed = 0;
  readonly #folder: string;

  private constructor(
    postgres: PostgresServer,
    nats: readonly NatsServer[],
    slots: readonly Slot[],
    folder: string,
  ) {
    this.postgres = postgres;
    this.nats = nats;
    this.slots = slots;
    this.#folder = folder;
  }

  static async start(): Promise<ChaosCluster> {
    const postgres = await PostgresServer.start();
    onTestFinished(() => postgres[Symbol.asyncDispose]());
    const nats = await NatsServer.startCluster(3);
    onTestFinished(async () => {
      for (const server of nats) await server[Symbol.asyncDispose]();
    });
    const url = new URL(postgres.createDatabase());
    const slots = await Promise.all(Array.from({ length: clusterSize }, () => createSlot(url, nats)));
    return new ChaosCluster(postgres, nats, slots, await temporaryFolder());
  }

  /** Starts a process in a slot, with a clock that is off by `skew` seconds. */
  async startMember(slot: Slot, skew = 0): Promise<void> {
    const { database, nats } = slot;
    slot.member = await startMember({
      database,
      nats,
      ...(skew !== 0 && { env: await this.#skewClock(skew) }),
    });
    slot.endpoint.port = slot.member.port;
  }

  /** Stops or kills the process in a slot. */
  async stopMember({ member }: Slot, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#countIfCrashed(member);
    if (signal === "SIGTERM") await member.process.stop();
    else {
      member.process.kill(signal);
      await member.process.exited;
    }
  }

  /** Counts processes that have exited by themselves. */
  countCrashes(): void {
    for (const { member } of this.slots) this.#countIfCrashed(member);
  }

  #countIfCrashed({ process }: RunningServer): void {
    if (!isAlive(process.pid)) this.crashed++;
  }

  async #skewClock(seconds: number): Promise<Readonly<Record<string, string>>> {
    const file = join(this.#folder, `skew${seconds}.mjs`);
    await writeFile(file, `const now = Date.now; Date.now = () => now() + ${seconds * 1000};\n`);
    return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` };
  }
}

/** Returns whether a process exists: signal 0 only checks. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function createSlot(url: URL, nats: readonly NatsServer[]): Promise<Slot> {
  const open = async (port: number): Promise<FaultProxy> => {
    const proxy = await FaultProxy.start({ port });
    onTestFinished(() => proxy.close());
    return proxy;
  };
  const postgresProxy = await open(Number(url.port));
  const natsProxies = await Promise.all(nats.map(({ port }) => open(port)));
  const proxiedDatabase = new URL(url);
  proxiedDatabase.port = String(postgresProxy.port);
  const addresses = {
    database: proxiedDatabase.href,
    nats: natsProxies.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
  };
  const member = await startMember(addresses);
  return {
    ...addresses,
    endpoint: { port: member.port },
    postgresProxy,
    natsProxies,
    member,
  };
}

/** Returns functions that inject and undo each fault. */
function createFaults(
  cluster: ChaosCluster,
  random: () => number,
): Readonly<Record<FaultName, () => Promise<void>>> {
  const { postgres, nats, slots } = cluster;
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error("no values");
    return value;
  };
  const wait = (): Promise<void> => delay(500 + 3_000 * random());
  const stall = async (proxies: readonly FaultProxy[]): Promise<void> => {
    for (const proxy of proxies) proxy.inject({ type: "stall" });
    await wait();
    for (const proxy of proxies) {
      proxy.heal();
      proxy.cut();
    }
  };
  return {
    "process killed": async () => {
      const slot = pick(slots);
      await cluster.stopMember(slot, "SIGKILL");
      await wait();
      await cluster.startMember(slot);
    },
    "all processes replaced": async () => {
      for (const slot of shuffled(slots, random)) {
        await cluster.stopMember(slot, "SIGTERM");
        await cluster.startMember(slot);
      }
    },
    "NATS killed": async () => {
      await Promise.all(nats.map((server) => server.kill()));
      await wait();
      await Promise.all(nats.map((server) => server.restart()));
    },
    "NATS member killed": async () => {
      const server = pick(nats);
      await server.kill();
      await wait();
      await server.restart();
    },
    "cut from NATS": () => stall(pick(slots).natsProxies),
    "cut from PostgreSQL": () => stall([pick(slots).postgresProxy]),
    "PostgreSQL killed": async () => {
      await postgres.kill();
      await postgres.restart();
    },
    "PostgreSQL restarted": async () => {
      await postgres.stop();
      await wait();
      await postgres.restart();
    },
    "clock skewed": async () => {
      const slot = pick(slots);
      await cluster.stopMember(slot, "SIGTERM");
      await cluster.startMember(slot, Math.round(maxSkewSeconds * (2 * random() - 1)));
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Runs a cluster under load while faults are injected, and compares what writers and readers observed. */
export async function runClusterChaos({
  durationMs,
  seed,
  onProgress = () => {},
}: ChaosOptions): Promise<ClusterCounts> {
  const random = seededRandom(seed);
  const cluster = await ChaosCluster.start();
  const endpoints = cluster.slots.map(({ endpoint }) => endpoint);
  const { member: first } = cluster.slots[0] ?? {};
  if (!first) throw new Error("no members");
  const guide = await logIn(first, "guide");
  const channel = await firstChannel(guide);
  await guide.close();
  const readers = endpoints.map((_, index) => new Reader(endpoints, `reader ${index}`, index));
  const writers = endpoints.map((_, index) => new Writer(endpoints, `writer ${index}`, index, pauseMs));
  const reading = readers.map((one) => one.run());
  const writing = writers.map((one) => one.run(channel));
  onTestFinished(async () => {
    for (const one of [...writers, ...readers]) await one.stop();
  });
  const waitForProgress = async (): Promise<void> => {
    const goals = writers.map(({ acknowledged }) => acknowledged.length + messagesBetweenFaults);
    const hasProgressed = () =>
      writers.every(({ acknowledged }, at) => acknowledged.length >= (goals[at] ?? 0));
    await expect.poll(hasProgressed, patience).toBe(true);
  };

  const faults = Object.fromEntries(faultNames.map((name) => [name, 0])) as Record<FaultName, number>;
  const injectFault = createFaults(cluster, random);
  const beganAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganAt) / 1_000);
  await waitForProgress();
  for (let round = 1; seconds() * 1_000 < durationMs; round++) {
    for (const name of shuffled(faultNames, random)) {
      if (seconds() * 1_000 >= durationMs) break;
      await injectFault[name]();
      faults[name]++;
      await waitForProgress();
      const acknowledged = sum(writers.map((one) => one.acknowledged.length));
      onProgress(
        `${String(seconds()).padStart(5)} s  round ${round}  ${name.padEnd(22)}  ${acknowledged} acknowledged`,
      );
    }
  }
  cluster.countCrashes();

  for (const writer of writers) writer.stop();
  await Promise.all(writing);
  const history = await readHistory(await logIn({ ...first, port: endpoints[0]?.port ?? 0 }, "guide"));
  await expect
    .poll(() => readers.every(({ received }) => received.length >= history.length), patience)
    .toBe(true)
    // Messages that are still missing are counted below.
    .catch(() => {});
  for (const reader of readers) await reader.stop();
  await Promise.all(reading);
  const { lost, duplicated, outOfOrder } = countDefects({
    history,
    acknowledged: writers.map((writer) => writer.acknowledged),
    received: readers.map(({ received }) => received),
  });
  return {
    seconds: seconds(),
    faults,
    crashed: cluster.crashed,
    lost,
    duplicated: duplicated + sum(readers.map(({ duplicates }) => duplicates)),
    outOfOrder,
    operations: sum(writers.map(({ attempts }) => attempts)),
    acknowledged: sum(writers.map((writer) => writer.acknowledged.length)),
    delivered: sum(readers.map(({ received }) => received.length)),
    connections: sum([...writers, ...readers].map(({ connections }) => connections)),
    maxGapMs: Math.round(Math.max(...writers.map((one) => one.maxGapMs))),
  };
}

/** Formats the counts as a table. */
export function chaosTable(counts: ClusterCounts): string {
  const { faults, maxGapMs, ...others } = counts;
  const rows: [string, string | number][] = [
    ...Object.entries(faults).map(([name, count]): [string, number] => [name, count]),
    ["seconds", others.seconds],
    ["sends, including repeated ones", others.operations],
    ["acknowledged", others.acknowledged],
    ["delivered", others.delivered],
    ["connections made", others.connections],
    ["longest time without an acknowledgement", `${(maxGapMs / 1_000).toFixed(1)} s`],
    ["lost", others.lost],
    ["duplicated", others.duplicated],
    ["out of order", others.outOfOrder],
    ["processes that exited by themselves", others.crashed],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(9)}`).join("\n");
}
