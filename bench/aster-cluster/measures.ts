import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Peer, type Reply } from "../aster-server/peer.ts";
import { Generator } from "../aster-server/processes.ts";
import { addAccounts } from "./accounts.ts";
import type { CrowdJob, ReconnectResult } from "./crowd.ts";
import { type MemberProcess, Services } from "./members.ts";

/** One result, with the result of the same run that it is compared with. */
export interface Row {
  readonly measure: string;
  readonly unit: string;
  readonly value: number;
  readonly beside?: number;
}

/** Size of a run. */
export interface Effort {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly rounds: number;
  readonly readers: number;
  readonly messages: number;
  readonly events: number;
  readonly clients: number;
}

/** One group of measurements, chosen by `--only`. */
export type Measure = (effort: Effort) => AsyncIterable<Row>;

const password = "a password that is never guessed";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Returns the quantile of the values. */
const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? 0;

/** Measures deliveries per second to readers of two generators, each on its own process. */
async function deliveries(
  members: readonly [MemberProcess, MemberProcess],
  effort: Effort,
  window: number,
): Promise<number> {
  await using first = new Generator();
  await using second = new Generator();
  const [own, other] = [first, second].map((generator, index) => {
    const port = members[index === 0 ? 0 : 1].port;
    return () =>
      generator.run({ type: "open", port, connections: effort.readers / 2, accounts: effort.readers / 2 });
  });
  // One after the other: both register the same accounts, and the second is refused if they share a database.
  await own?.();
  await other?.();
  let best = 0;
  for (let round = 0; round < effort.rounds; round++) {
    const rates = [first, second].map((generator) =>
      generator.run({ type: "send", window: window / 2, count: "pushes", ...effort }),
    );
    best = Math.max(best, sum(await Promise.all(rates)));
  }
  return best;
}

async function* fanOut(effort: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  for (const window of [8, 64]) {
    const sqlite = await services.startMember();
    const embedded = await deliveries([sqlite, sqlite], effort, window);
    await services.stopMembers();
    const alone = await services.startMember(services.postgres.createDatabase());
    const one = await deliveries([alone, alone], effort, window);
    await services.stopMembers();
    const database = services.postgres.createDatabase();
    const pair: [MemberProcess, MemberProcess] = [
      await services.startMember(database),
      await services.startMember(database),
    ];
    const two = await deliveries(pair, effort, window);
    await services.stopMembers();
    const name = `${effort.readers} readers, window ${window}`;
    yield {
      measure: `deliveries, one process on PostgreSQL compared with SQLite, ${name}`,
      unit: "per second",
      value: one,
      beside: embedded,
    };
    yield {
      measure: `deliveries, two processes compared with one, ${name}`,
      unit: "per second",
      value: two,
      beside: one,
    };
  }
}

/** Connects and logs in a client, and returns it with the first channel. */
async function connectClient(port: number, uname: string): Promise<{ peer: Peer; channel: number }> {
  const peer = await Peer.connect(port);
  const credentials = { uname, passwd: password };
  const { status } = await peer.request("login", credentials);
  if (status !== 200) await peer.request("register", credentials);
  const { data } = await peer.request("list_channels");
  return { peer, channel: (data as { uuid: number }[])[0]?.uuid ?? 0 };
}

/** Measures the time from send to push, for a reader on the same process and one on the other. */
async function* latency(effort: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const [near, far] = [await services.startMember(database), await services.startMember(database)];
  const { peer: writer, channel } = await connectClient(near.port, "writer");
  const readers = [await connectClient(near.port, "near"), await connectClient(far.port, "far")];
  const arrivals = readers.map(({ peer }) => {
    const times: number[] = [];
    let arrived = Promise.withResolvers<void>();
    peer.countLines((length) => {
      if (length < 100) return;
      times.push(performance.now());
      arrived.resolve();
    });
    return {
      times,
      next: async () => {
        await arrived.promise;
        arrived = Promise.withResolvers();
      },
    };
  });
  const [here, there] = [[], []] as [number[], number[]];
  for (let count = 0; count < effort.messages; count++) {
    for (const { times } of arrivals) times.length = 0;
    const sentAt = performance.now();
    const pushed = arrivals.map(({ next }) => next());
    await writer.request("send", { channel, content: "The quick brown fox jumps over the lazy dog." });
    await Promise.all(pushed);
    here.push((arrivals[0]?.times[0] ?? 0) - sentAt);
    there.push((arrivals[1]?.times[0] ?? 0) - sentAt);
  }
  for (const part of [0.5, 0.99]) {
    const name = `time from send to push, ${part === 0.5 ? "median" : "99 %"}, other process compared with same process`;
    yield { measure: name, unit: "ms", value: quantile(there, part), beside: quantile(here, part) };
  }
  const added = there.map((time, index) => time - (here[index] ?? 0));
  yield { measure: "added by the other process, median", unit: "ms", value: quantile(added, 0.5) };
}

/** Measures durable sends of few connections without other readers. */
async function* sends(effort: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  for (const window of [8, 256]) {
    const rates: number[] = [];
    for (const database of [undefined, services.postgres.createDatabase()]) {
      const { port } = await services.startMember(database);
      await using generator = new Generator();
      await generator.run({ type: "open", port, connections: 4, accounts: 4 });
      let best = 0;
      for (let round = 0; round < effort.rounds; round++) {
        best = Math.max(best, await generator.run({ type: "send", window, count: "replies", ...effort }));
      }
      rates.push(best);
      await services.stopMembers();
    }
    const [beside = 0, value = 0] = rates;
    const name = `messages stored, PostgreSQL compared with SQLite, 4 connections, window ${window}`;
    yield { measure: name, unit: "per second", value, beside };
  }
}

async function sendMessages(peer: Peer, channel: number, count: number): Promise<void> {
  const text = `${JSON.stringify({ command: "send", channel, content: "The quick brown fox jumps over the lazy dog." })}\n`;
  const atOnce = 500;
  for (let sent = 0; sent < count; sent += atOnce) {
    peer.write(Buffer.from(text.repeat(Math.min(atOnce, count - sent))));
    await peer.request("ping");
  }
}

/** Measures how fast a process and a client catch up on events. */
async function* catchUp({ events }: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const [near, far] = [await services.startMember(database), await services.startMember(database)];
  const { peer, channel } = await connectClient(near.port, "writer");
  // Is stopped while the other process continues, and then has to publish all events.
  const { peer: reader } = await connectClient(far.port, "reader");
  let received = 0;
  const all = Promise.withResolvers<void>();
  reader.countLines((length) => {
    if (length > 100 && ++received === events) all.resolve();
  });
  far.process.kill("SIGSTOP");
  await sendMessages(peer, channel, events);
  await services.nats.kill();
  const stoppedAt = performance.now();
  far.process.kill("SIGCONT");
  await all.promise;
  const processRate = (1000 * events) / (performance.now() - stoppedAt);
  yield { measure: `catch-up of a process, ${events} events`, unit: "events/s", value: processRate };
  const guest = await Peer.connect(near.port);
  await guest.request("hello", { client: "bench/1", extensions: ["cursor"] });
  await guest.request("login", { uname: "reader", passwd: password });
  const beganAt = performance.now();
  let cursor: unknown = 0;
  let count = 0;
  for (let reply: Reply = { more: true }; reply["more"] === true; ) {
    reply = await guest.request("events_after", { cursor, limit: 1000 });
    count += (reply["events"] as unknown[]).length;
    cursor = reply["cursor"];
  }
  const clientRate = (1000 * count) / (performance.now() - beganAt);
  yield { measure: `catch-up of a client, ${count} events`, unit: "events/s", value: clientRate };
}

async function runCrowd(child: ReturnType<typeof fork>, job: CrowdJob): Promise<unknown> {
  child.send(job);
  const [{ result, error }] = (await once(child, "message")) as [{ result?: unknown; error?: string }];
  if (error !== undefined) throw new Error(error);
  return result;
}

/** Measures how fast all clients of a killed process reconnect to the other one. */
async function* reconnect({ clients }: Effort): AsyncIterable<Row> {
  await using services = await Services.start();
  const database = services.postgres.createDatabase();
  const [dying, other] = [await services.startMember(database), await services.startMember(database)];
  const { peer, channel } = await connectClient(other.port, "writer");
  await peer.request("hello", { client: "bench/1", extensions: ["presence"] });
  const tokens = addAccounts(services.postgres, database, clients);
  const crowd = fork(fileURLToPath(new URL("./crowd.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(crowd, "exit");
  await runCrowd(crowd, {
    type: "connect",
    port: dying.port,
    connections: clients,
    tokens,
    subscribesToPresence: true,
  });
  const missed = 100;
  const returning = runCrowd(crowd, { type: "reconnect", port: other.port, expected: missed });
  dying.process.kill("SIGKILL");
  await dying.process.exited;
  await sendMessages(peer, channel, missed);
  const returned = (await returning) as ReconnectResult;
  crowd.kill("SIGTERM");
  await exited;
  const name = `${clients} clients reconnect after kill -9`;
  yield { measure: `${name}: last handshake`, unit: "s", value: returned.connectedSeconds };
  yield { measure: `${name}: last login`, unit: "s", value: returned.loggedInSeconds };
  yield { measure: `${name}: last caught up`, unit: "s", value: returned.caughtUpSeconds };
  yield { measure: `${name}: messages lost, of ${missed} for each`, unit: "", value: returned.lost };
  yield { measure: `${name}: all have the presence list`, unit: "s", value: returned.presentSeconds };
  yield { measure: `${name}: wrong presence lists`, unit: "", value: returned.wrongLists };
}

/** All measurements by name. */
export const measures: Readonly<Record<string, Measure>> = {
  "fan-out": fanOut,
  latency,
  sends,
  "catch-up": catchUp,
  return: reconnect,
};
