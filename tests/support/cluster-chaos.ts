import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { FaultProxy, NatsServer, PostgresServer, seededRandom } from "@asterite/testkit";
import { expect, onTestFinished } from "vitest";
import { type RunningServer, temporaryFolder } from "./asterite.ts";
import { enter, startMember, wholeHistory } from "./cluster.ts";
import { countDefects, type Defects } from "./cluster-defects.ts";
import { type Place, Reader, Writer } from "./cluster-load.ts";
import { firstChannel } from "./server.ts";

/** What can go wrong in a cluster. */
export const faultKinds = [
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
type FaultKind = (typeof faultKinds)[number];

/** What happened, and what went wrong. */
export interface ClusterCounts extends Defects {
  readonly seconds: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Messages that were sent, those included that were sent again because nobody knew what became of them. */
  readonly operations: number;
  readonly acknowledged: number;
  /** Messages that readers were told of, each reader counted. */
  readonly delivered: number;
  /** Connections that readers and writers made. */
  readonly connections: number;
  /** Processes that ended without being told to. */
  readonly crashed: number;
  /** The longest time in which one writer got nothing acknowledged. */
  readonly longestGapMs: number;
}

/** How to run a cluster. */
export interface ChaosOptions {
  readonly durationMs: number;
  /** Decides on the order of faults and on everything else that is random. */
  readonly seed: number;
  /** Takes lines about what is going on. */
  readonly say?: (line: string) => void;
}

const size = 3;
/** Between two messages of a writer, so that a long run does not become one of memory. */
const pauseMs = 5;
/** What every writer has to get acknowledged between two faults. */
const breath = 20;
const patience = { timeout: 90_000, interval: 100 };
/** Clocks are set off by this at most, in seconds. */
const mostSkew = 120;

function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  return values
    .map((value) => ({ value, rank: random() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ value }) => value);
}

/** One place of the cluster: whoever runs there, and the ways on which it reaches the others. */
interface Seat {
  readonly place: Place;
  readonly database: string;
  readonly nats: string;
  readonly toPostgres: FaultProxy;
  readonly toNats: readonly FaultProxy[];
  member: RunningServer;
}

/** A cluster of three processes, each behind proxies, on one PostgreSQL and three NATS servers. */
class ChaosCluster {
  readonly postgres: PostgresServer;
  readonly nats: readonly NatsServer[];
  readonly seats: readonly Seat[];
  crashed = 0;
  readonly #folder: string;

  private constructor(
    postgres: PostgresServer,
    nats: readonly NatsServer[],
    seats: readonly Seat[],
    folder: string,
  ) {
    this.postgres = postgres;
    this.nats = nats;
    this.seats = seats;
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
    const seats = await Promise.all(Array.from({ length: size }, () => takeSeat(url, nats)));
    return new ChaosCluster(postgres, nats, seats, await temporaryFolder());
  }

  /** Starts a process in the place of another, with a clock that is so many seconds off. */
  async fill(seat: Seat, skew = 0): Promise<void> {
    const { database, nats } = seat;
    seat.member = await startMember({ database, nats, ...(skew !== 0 && { env: await this.#skewed(skew) }) });
    seat.place.port = seat.member.port;
  }

  /** Ends the process of a seat in one way or the other. */
  async empty({ member }: Seat, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#look(member);
    if (signal === "SIGTERM") await member.process.stop();
    else {
      member.process.kill(signal);
      await member.process.exited;
    }
  }

  /** Counts who has ended by itself. */
  look(): void {
    for (const { member } of this.seats) this.#look(member);
  }

  #look({ process }: RunningServer): void {
    // Signal 0 only asks whether there is anybody.
    if (!isAlive(process.pid)) this.crashed++;
  }

  async #skewed(seconds: number): Promise<Readonly<Record<string, string>>> {
    const file = join(this.#folder, `skew${seconds}.mjs`);
    await writeFile(file, `const now = Date.now; Date.now = () => now() + ${seconds * 1000};\n`);
    return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function takeSeat(url: URL, nats: readonly NatsServer[]): Promise<Seat> {
  const open = async (port: number): Promise<FaultProxy> => {
    const proxy = await FaultProxy.start({ port });
    onTestFinished(() => proxy.close());
    return proxy;
  };
  const toPostgres = await open(Number(url.port));
  const toNats = await Promise.all(nats.map(({ port }) => open(port)));
  const behind = new URL(url);
  behind.port = String(toPostgres.port);
  const ways = {
    database: behind.href,
    nats: toNats.map(({ port }) => `nats://127.0.0.1:${port}`).join(","),
  };
  const member = await startMember(ways);
  return { ...ways, place: { port: member.port }, toPostgres, toNats, member };
}

/** How each fault is made, and undone. */
function faultsOf(
  cluster: ChaosCluster,
  random: () => number,
): Readonly<Record<FaultKind, () => Promise<void>>> {
  const { postgres, nats, seats } = cluster;
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  };
  const rest = (): Promise<void> => delay(500 + 3_000 * random());
  const stall = async (proxies: readonly FaultProxy[]): Promise<void> => {
    for (const proxy of proxies) proxy.inject({ type: "stall" });
    await rest();
    for (const proxy of proxies) {
      proxy.heal();
      proxy.cut();
    }
  };
  return {
    "process killed": async () => {
      const seat = pick(seats);
      await cluster.empty(seat, "SIGKILL");
      await rest();
      await cluster.fill(seat);
    },
    "all processes replaced": async () => {
      for (const seat of shuffled(seats, random)) {
        await cluster.empty(seat, "SIGTERM");
        await cluster.fill(seat);
      }
    },
    "NATS killed": async () => {
      await Promise.all(nats.map((server) => server.kill()));
      await rest();
      await Promise.all(nats.map((server) => server.restart()));
    },
    "NATS member killed": async () => {
      const server = pick(nats);
      await server.kill();
      await rest();
      await server.restart();
    },
    "cut from NATS": () => stall(pick(seats).toNats),
    "cut from PostgreSQL": () => stall([pick(seats).toPostgres]),
    "PostgreSQL killed": async () => {
      await postgres.kill();
      await postgres.restart();
    },
    "PostgreSQL restarted": async () => {
      await postgres.stop();
      await rest();
      await postgres.restart();
    },
    "clock skewed": async () => {
      const seat = pick(seats);
      await cluster.empty(seat, "SIGTERM");
      await cluster.fill(seat, Math.round(mostSkew * (2 * random() - 1)));
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Runs a cluster under load while everything fails that can, and compares what everybody knows. */
export async function runClusterChaos({
  durationMs,
  seed,
  say = () => {},
}: ChaosOptions): Promise<ClusterCounts> {
  const random = seededRandom(seed);
  const cluster = await ChaosCluster.start();
  const places = cluster.seats.map(({ place }) => place);
  const { member: first } = cluster.seats[0] ?? {};
  if (!first) throw new Error("no members");
  const guide = await enter(first, "guide");
  const channel = await firstChannel(guide);
  await guide.close();
  const readers = places.map((_, index) => new Reader(places, `reader ${index}`, index));
  const writers = places.map((_, index) => new Writer(places, `writer ${index}`, index, pauseMs));
  const reading = readers.map((one) => one.run());
  const writing = writers.map((one) => one.run(channel));
  onTestFinished(async () => {
    for (const one of [...writers, ...readers]) await one.stop();
  });
  const breathe = async (): Promise<void> => {
    const goals = writers.map(({ acknowledged }) => acknowledged.length + breath);
    const isThere = () => writers.every(({ acknowledged }, at) => acknowledged.length >= (goals[at] ?? 0));
    await expect.poll(isThere, patience).toBe(true);
  };

  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const make = faultsOf(cluster, random);
  const beganAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganAt) / 1_000);
  await breathe();
  for (let round = 1; seconds() * 1_000 < durationMs; round++) {
    for (const kind of shuffled(faultKinds, random)) {
      if (seconds() * 1_000 >= durationMs) break;
      await make[kind]();
      faults[kind]++;
      await breathe();
      const acknowledged = sum(writers.map((one) => one.acknowledged.length));
      say(
        `${String(seconds()).padStart(5)} s  round ${round}  ${kind.padEnd(22)}  ${acknowledged} acknowledged`,
      );
    }
  }
  cluster.look();

  for (const writer of writers) writer.stop();
  await Promise.all(writing);
  const history = await wholeHistory(await enter({ ...first, port: places[0]?.port ?? 0 }, "guide"));
  await expect
    .poll(() => readers.every(({ told }) => told.length >= history.length), patience)
    .toBe(true)
    // Who has not got everything by now is counted below.
    .catch(() => {});
  for (const reader of readers) await reader.stop();
  await Promise.all(reading);
  const { lost, doubled, outOfOrder } = countDefects({
    history,
    acknowledged: writers.map((writer) => writer.acknowledged),
    told: readers.map(({ told }) => told),
  });
  return {
    ...{ seconds: seconds(), faults, crashed: cluster.crashed },
    ...{ lost, doubled: doubled + sum(readers.map(({ repeated }) => repeated)), outOfOrder },
    operations: sum(writers.map(({ attempts }) => attempts)),
    acknowledged: sum(writers.map((writer) => writer.acknowledged.length)),
    delivered: sum(readers.map(({ told }) => told.length)),
    connections: sum([...writers, ...readers].map(({ connections }) => connections)),
    longestGapMs: Math.round(Math.max(...writers.map((one) => one.longestGapMs))),
  };
}

/** The counts as a table for people. */
export function chaosTable(counts: ClusterCounts): string {
  const { faults, longestGapMs, ...others } = counts;
  const rows: [string, string | number][] = [
    ...Object.entries(faults).map(([kind, count]): [string, number] => [kind, count]),
    ["seconds", others.seconds],
    ["messages sent, repetitions included", others.operations],
    ["acknowledged", others.acknowledged],
    ["delivered", others.delivered],
    ["connections made", others.connections],
    ["longest time without an acknowledgement", `${(longestGapMs / 1_000).toFixed(1)} s`],
    ["lost", others.lost],
    ["doubled", others.doubled],
    ["out of order", others.outOfOrder],
    ["processes that ended by themselves", others.crashed],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value).padStart(9)}`).join("\n");
}
