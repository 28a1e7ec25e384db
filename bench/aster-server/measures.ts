import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillHistory, hideMessages } from "./database.ts";
import type { Duration } from "./jobs.ts";
import { Generator, type Listening, startBare, startServer } from "./processes.ts";

/** One row of the table; `ratio` is the server's figure through the bare listener's. */
export interface Row {
  readonly measure: string;
  readonly unit: string;
  readonly server: number;
  readonly bare?: number;
  readonly ratio?: number;
}

/** How thorough a run is. */
export interface Effort extends Duration {
  /** How often the server and the bare listener are measured in turn; the best of each counts. */
  readonly rounds: number;
  readonly connections: readonly number[];
  readonly idleConnections: number;
  readonly messages: number;
}

/** One group of measurements, chosen by `--only`. */
export type Measure = (effort: Effort) => AsyncIterable<Row>;

const windows = [8, 64];
/** Accounts in one measurement; every login tells everybody who is online, which is not what is measured. */
const mostAccounts = 200;
const readers = 50;

/**
 * The best of several rounds, taken in turn so that both meet the same other load on the machine. Whatever
 * else runs there can only slow a round down.
 */
async function best(rounds: number, measures: readonly (() => Promise<number>)[]): Promise<number[]> {
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

/** A folder with the certificate and database of a server that has run once. */
class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), "asterite-bench-")));
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

/** A process to be measured with clients of its own. */
async function crowd(target: Listening, connections: number): Promise<Generator> {
  const generator = new Generator();
  const accounts = Math.min(connections, mostAccounts);
  await generator.run({ kind: "open", port: target.port, connections, accounts });
  return generator;
}

/** Every message to every connection. */
async function* fanOut(effort: Effort): AsyncIterable<Row> {
  for (const connections of effort.connections) {
    await using folder = await Folder.make();
    await using server = await startServer(folder.path);
    await using bare = await startBare(folder.path);
    await using serverCrowd = await crowd(server, connections);
    await using bareCrowd = await crowd(bare, connections);
    for (const window of windows) {
      const measures = [serverCrowd, bareCrowd].map(
        (generator) => () => generator.run({ kind: "send", window, count: "pushes", ...effort }),
      );
      const name = `fan-out, ${connections} connections, window ${window}`;
      yield compare(name, "deliveries/s", await best(effort.rounds, measures));
    }
  }
}

/** Messages that nobody may read, so that nothing but storing and answering them is measured. */
async function* sends(effort: Effort): AsyncIterable<Row> {
  await using folder = await Folder.make();
  hideMessages(folder.database);
  await using server = await startServer(folder.path);
  await using generator = await crowd(server, readers);
  for (const window of [readers, 4 * readers]) {
    const [rate = 0] = await best(effort.rounds, [
      () => generator.run({ kind: "send", window, count: "replies", ...effort }),
    ]);
    yield {
      measure: `durable sends, ${readers} connections, window ${window}`,
      unit: "sends/s",
      server: rate,
    };
  }
}

/** Connection, handshake and login, beside a connection that logs in to nothing. */
async function* logins(effort: Effort): AsyncIterable<Row> {
  await using folder = await Folder.make();
  await using server = await startServer(folder.path);
  await using bare = await startBare(folder.path);
  await using generator = await crowd(server, mostAccounts / 4);
  const { port } = server;
  for (const purpose of ["ping", "token", "password"] as const) {
    const rates = await best(effort.rounds, [
      () => generator.run({ kind: "visit", port, with: purpose, parallel: 16, ...effort }),
      () => generator.run({ kind: "visit", port: bare.port, with: "ping", parallel: 16, ...effort }),
    ]);
    const name =
      purpose === "ping" ? "connections that ask one thing" : `connections with login by ${purpose}`;
    yield compare(name, "per second", rates);
  }
}

/** Pages of 100 messages from everywhere in a long channel. */
async function* history(effort: Effort): AsyncIterable<Row> {
  await using folder = await Folder.make();
  const before = fillHistory(folder.database, effort.messages);
  await using server = await startServer(folder.path);
  await using generator = await crowd(server, 8);
  const [rate = 0] = await best(effort.rounds, [
    () => generator.run({ kind: "history", window: 8, before, ...effort }),
  ]);
  const name = `history, 100 of ${effort.messages.toLocaleString("en")} messages, 8 connections`;
  yield { measure: name, unit: "pages/s", server: rate };
}

/** What a connection costs that has said one thing and is silent. */
async function* memory({ idleConnections }: Effort): AsyncIterable<Row> {
  await using folder = await Folder.make();
  const perConnection = async (target: Listening, framing: "lines" | "websocket"): Promise<number> => {
    await using generator = new Generator();
    const { port } = target;
    // The first connections make what all share.
    await generator.run({ kind: "idle", port, connections: 100, framing });
    await generator.run({ kind: "close" });
    const before = await target.residentBytes();
    await generator.run({ kind: "idle", port, connections: idleConnections, framing });
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

/** Every measurement by its name. */
export const measures: Readonly<Record<string, Measure>> = {
  "fan-out": fanOut,
  sends,
  logins,
  history,
  memory,
};
