import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import {
  type LaunchedProcess,
  LineClient,
  launch,
  launchNode,
  parseJsonLine,
  readyLine,
} from "@asterite/testkit";
import { asteriteExecutable } from "../support/asterite.ts";
import { ask, firstChannel } from "../support/server.ts";
import type { Attack } from "./attacks.ts";
import type { Tally } from "./stranger.ts";

/** What another user saw during an attack. */
export interface Sightings {
  /** Time in ms until each ping was answered, in the order of the pings. */
  readonly pingMs: readonly number[];
  /** Time in ms until each message was stored. */
  readonly sendMs: readonly number[];
  readonly unanswered: number;
  readonly refusals: number;
  /** Logins with the right password that failed. */
  readonly refusedLogins: number;
}

/** Figures of one or more attacks at once. */
export interface Outcome {
  /** By the name of the attack. */
  readonly tallies: Readonly<Record<string, Tally>>;
  readonly witness: Sightings;
  /** Highest resident memory during the attack, minus that before it, in bytes. */
  readonly grownBytes: number;
}

const witnessAccount = { uname: "witness", passwd: "seen by the witness" };
const users = 800;
const messages = 20_000;
const sampleMs = 100;
const calmMs = 1000;

/** A chat server as a community has it, started with the command, for one attack. */
export class Arena implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: LaunchedProcess;
  readonly #port: number;
  readonly #statusPort: number;

  /** Starts a server with default limits, 800 users with pictures and 20,000 messages. */
  static async start(): Promise<Arena> {
    const folder = await mkdtemp(join(tmpdir(), "asterite-hostile-"));
    const data = join(folder, "data");
    await mkdir(data);
    const first = await startServer(data);
    await populate(first.port, join(data, "aster.db"), () => first.server.stop());
    const { server, port, statusPort } = await startServer(data);
    return new Arena(folder, server, port, statusPort);
  }

  private constructor(folder: string, server: LaunchedProcess, port: number, statusPort: number) {
    this.#folder = folder;
    this.#server = server;
    this.#port = port;
    this.#statusPort = statusPort;
  }

  /**
   * Lets strangers attack for a time while a witness uses the server.
   *
   * @throws Error if the server or the witness ends.
   */
  async endure(attacks: readonly Attack[], strangersEach: number, durationMs: number): Promise<Outcome> {
    const { uname, passwd } = witnessAccount;
    const witnessFile = new URL("./witness-process.ts", import.meta.url);
    const witness = await launchNode(witnessFile, [String(this.#port), uname, passwd], {
      readyWhen: /^ready$/,
      timeoutMs: 60_000,
    });
    await delay(calmMs);
    const before = await this.#residentBytes();
    let peak = before;
    const strangers = await launchNode(new URL("./strangers-process.ts", import.meta.url), [
      String(this.#port),
      String(strangersEach),
      String(durationMs),
      ...attacks.map(({ name }) => name),
    ]);
    const attacked = strangers.exited.then(() => true);
    while (!(await Promise.race([delay(sampleMs, false), attacked]))) {
      peak = Math.max(peak, await this.#residentBytes());
    }
    witness.endInput();
    await witness.exited;
    return {
      tallies: result<Outcome["tallies"]>(strangers),
      witness: result<Sightings>(witness),
      grownBytes: peak - before,
    };
  }

  async #residentBytes(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#statusPort}/metrics`);
    return Number(/^process_memory_bytes\{kind="rss"\} (\d+)$/m.exec(await response.text())?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Returns the JSON that a process printed last. */
function result<Result>({ stdout, stderr }: LaunchedProcess): Result {
  const line = stdout.map(parseJsonLine).findLast((line) => line !== undefined);
  if (line === undefined) throw new Error(`no result; the last lines:\n${stderr.join("\n")}`);
  return line as Result;
}

async function startServer(data: string) {
  const args = ["server", "--host", "127.0.0.1", "--port", "0", "--status-port", "0", "--data", data];
  const server = await launch({
    command: process.execPath,
    args: [asteriteExecutable, ...args, "--log-level", "warn"],
    readyWhen: readyLine,
    timeoutMs: 60_000,
  });
  const ready = server.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  return { server, port: Number(ready?.["port"]), statusPort: Number(ready?.["statusPort"]) };
}

/** Registers the witness, and fills the database of a stopped server. */
async function populate(port: number, database: string, stop: () => Promise<unknown>): Promise<void> {
  const client = await LineClient.connect({ port, insecure: true });
  const { reply } = await ask(client, "register", witnessAccount);
  if (reply.status !== 200) throw new Error(`register was answered with ${reply.status}`);
  const channel = await firstChannel(client);
  await client.close();
  await stop();
  const raw = new DatabaseSync(database, { enableForeignKeyConstraints: false });
  const insertUser = raw.prepare(
    "insert into users (uuid, name, pfp, password) select ?, ?, pfp, '!' from users where name = 'witness'",
  );
  const insertMessage = raw.prepare(
    "insert into messages (uuid, content, author_uuid, channel_uuid, date) values (?, ?, 1, ?, ?)",
  );
  raw.exec("begin");
  for (let count = 1; count <= users; count++) insertUser.run(count, `user ${count}`);
  for (let count = 1; count <= messages; count++) {
    insertMessage.run(
      1000 + count,
      `message ${count} of a long conversation`,
      channel,
      1_700_000_000 + count,
    );
  }
  raw.exec("commit");
  raw.close();
}
