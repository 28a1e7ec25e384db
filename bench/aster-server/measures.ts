import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillHistory, hideMessages } from "./database.ts";
import type { Duration } from "./jobs.ts";
import { Generator, type ServerProcess, startBare, startServer } from "./processes.ts";

/** Row of the result table. `ratio` is the server's result divided by the bare listener's. */
export interface Row {
  readonly measure: string;
  readonly unit: string;
  readonly server: number;
  readonly bare?: number;
  readonly ratio?: number;
}

/** Size of a run. */
export interface Effort extends Duration {
  /**
   * Number of rounds in which the server and the bare listener are measured in turn; the best of each counts.
   */
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly idleConnections: number;
  readonly messages: number;
}

/** One group of measurements, chosen by `--only`. */
export type Measure = (effort: Effort) => AsyncIterable<Row>;

const windows = [8, 64];
/**
 * Limit of accounts in one measurement: each login is pushed to all clients, which is not what is measured.
 */
const maxAccounts = 200;
const readers = 50;

/**
 * Returns the best result of several rounds. The measures take turns, so that other load on the machine
 * affects all of them; it can only slow a round down.
 */
async function bestOf(rounds: number, measures: readonly (() => Promise<number>)[]): Promise<number[]> {
  const results = measures.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [index, measure] of measures.entries()) {
      results[index] = Math.max(results[index] ?? 0, await measure());
    }
  }
  return results;
}

const compare = (measure: string, unit: string, [server = 0, bare = 0]: readonly number[]): Row => ({
  measure,
  unit,
  server,
  bare,
  ratio: server / bare,
});

/** Data folder with the certificate and database of a server that has run once. */
class DataFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<DataFolder> {
    const folder = new DataFolder(await mkdtemp(join(tmpdir(), "asterite-bench-")));
    await (await startServer(folder.path))[Symbol.asyncDispose]();
    return folder;
  }

  get database(): string {
    return join(this.path, "aster.db");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Starts a generator with clients that are connected to a process. */
async function startClients(target: ServerProcess, connections: number): Promise<Generator> {
  const generator = new Generator();
  const accounts = Math.min(connections, maxAccounts);
  await generator.run({ type: "open", port: target.port, connections, accounts });
  return generator;
}

/** Measures the fan-out of every message to all connections. */
async function* fanOut(effort: Effort): AsyncIterable<Row> {
  for (const connections of effort.connections) {
    await using folder = await DataFolder.create();
    await using server = await startServer(folder.path);
    await using bare = await startBare(folder.path);
    await using serverCrowd = await startClients(server, connections);
    await using bareCrowd = await startClients(bare, connections);
    for (const window of windows) {
      const measures = [serverCrowd, bareCrowd].map(
        (generator) => () => generator.run({ type: "send", window, count: "pushes", ...effort }),
      );
      const name = `fan-out, ${connections} connections, window ${window}`;
      yield compare(name, "deliveries/s", await bestOf(effort.rounds, measures));
    }
  }
}

/** Measures storing messages and replying; without fan-out, because no user may read them. */
async function* sends(effort: Effort): AsyncIterable<Row> {
  await using folder = await DataFolder.create();
  hideMessages(folder.database);
  await using server = await startServer(folder.path);
  await using generator = await startClients(server, readers);
  for (const window of [readers, 4 * readers]) {
    const [rate = 0] = await bestOf(effort.rounds, [
      () => generator.run({ type: "send", window, count: "replies", ...effort }),
    ]);
    yield {
      measure: `durable sends, ${readers} connections, window ${window}`,
      unit: "sends/s",
      server: rate,
    };
  }
}

/** Measures connect, handshake and login, compared with a connect and ping to the bare listener. */
async function* logins(effort: Effort): AsyncIterable<Row> {
  await using folder = await DataFolder.create();
  await using server = await startServer(folder.path);
  await using bare = await startBare(folder.path);
  await using generator = await startClients(server, maxAccounts / 4);
  const { port } = server;
  for (const purpose of ["ping", "token", "password"] as const) {
    const rates = await bestOf(effort.rounds, [
      () => generator.run({ type: "visit", port, with: purpose, parallel: 16, ...effort }),
      () => generator.run({ type: "visit", port: bare.port, with: "ping", parallel: 16, ...effort }),
    ]);
    const name = purpose === "ping" ? "connections with one ping" : `connections with login by ${purpose}`;
    yield compare(name, "per second", rates);
  }
}

/** Measures pages of 100 messages, spread over a long channel. */
async function* history(effort: Effort): AsyncIterable<Row> {
  await using folder = await DataFolder.create();
  const before = fillHistory(folder.database, effort.messages);
  await using server = await startServer(folder.path);
  await using generator = await startClients(server, 8);
  const [rate = 0] = await bestOf(effort.rounds, [
    () => generator.run({ type: "history", window: 8, before, ...effort }),
  ]);
  const name = `history, 100 of ${effort.messages.toLocaleString("en")} messages, 8 connections`;
  yield { measure: name, unit: "pages/s", server: rate };
}

/** Measures the memory of idle connections. */
async function* memory({ idleConnections }: Effort): AsyncIterable<Row> {
  await using folder = await DataFolder.create();
  const perConnection = async (target: ServerProcess, framing: "lines" | "websocket"): Promise<number> => {
    await using generator = new Generator();
    const { port } = target;
    // The first connections allocate what all of them share.
    await generator.run({ type: "idle", port, connections: 100, framing });
    await generator.run({ type: "close" });
    const before = await target.residentBytes();
    await generator.run({ type: "idle", port, connections: idleConnections, framing });
    return ((await target.residentBytes()) - before) / idleConnections / 1024;
  };
  await using bare = await startBare(folder.path);
  const bareKib = await perConnection(bare, "lines");
  for (const framing of ["lines", "websocket"] as const) {
    await using server = await startServer(folder.path);
    const kib = await perConnection(server, framing);
    yield compare(`memory, ${idleConnections} idle ${framing}`, "KiB/connection", [kib, bareKib]);
  }
}

/** All measurements by name. */
export const measures: Readonly<Record<string, Measure>> = {
  "fan-out": fanOut,
  sends,
  logins,
  history,
  memory,
};
