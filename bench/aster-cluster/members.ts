import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type LaunchedProcess,
  launchNode,
  NatsServer,
  PostgresServer,
  parseJsonLine,
  readyLine,
} from "@asterite/testkit";

/** Server process. */
export interface MemberProcess {
  readonly process: LaunchedProcess;
  readonly port: number;
}

/** PostgreSQL and NATS, and the server processes on them. */
export class Services implements AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
  readonly #folder: string;
  readonly #members: MemberProcess[] = [];
  #started = 0;

  private constructor(postgres: PostgresServer, nats: NatsServer, folder: string) {
    this.postgres = postgres;
    this.nats = nats;
    this.#folder = folder;
  }

  static async start(): Promise<Services> {
    const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
    return new Services(await PostgresServer.start(), await NatsServer.start(), folder);
  }

  /** Starts a server process; without a database it gets its own SQLite file. */
  async startMember(database?: string): Promise<MemberProcess> {
    const shared = database === undefined ? [] : ["--database", database, "--nats", this.nats.url];
    const data = database === undefined ? join(this.#folder, `own ${++this.#started}`) : this.#folder;
    const process = await launchNode(
      "apps/cli/src/main.ts",
      [
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--data",
        data,
        "--rate-limit",
        "off",
        "--log-level",
        "warn",
        ...shared,
      ],
      { readyWhen: readyLine, timeoutMs: 60_000 },
    );
    const ready = process.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
    const member = { process, port: Number(ready?.["port"]) };
    this.#members.push(member);
    return member;
  }

  /** Stops all server processes. */
  async stopMembers(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((member) => member.process.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopMembers();
    await this.nats[Symbol.asyncDispose]();
    await this.postgres[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
