import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestkitError } from "../errors.ts";
import { type LaunchedProcess, launch } from "../process.ts";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";

/** PostgreSQL refuses to run as root; Debian's package creates this user. */
const serviceUser = "postgres";

const isRoot = process.getuid?.() === 0;

const idOf = (flag: "-u" | "-g"): number =>
  Number(spawnSync("id", [flag, serviceUser], { encoding: "utf8" }).stdout);

/** Returns the command line that runs a program as the service user. */
const asService = (program: string, args: readonly string[]): [command: string, args: readonly string[]] =>
  isRoot
    ? ["setpriv", [`--reuid=${serviceUser}`, `--regid=${serviceUser}`, "--clear-groups", program, ...args]]
    : [program, args];

const psqlFlags = ["-X", "-v", "ON_ERROR_STOP=1"];

/** Runs a program of PostgreSQL until it exits, and returns its output. */
function runTool(name: string, args: readonly string[], input = ""): string {
  const maxBuffer = 256 * 1024 * 1024;
  const { status, stdout, stderr } = spawnSync(findProgram(name) ?? name, args, {
    encoding: "utf8",
    input,
    maxBuffer,
  });
  if (status !== 0) throw new TestkitError("PROCESS_ENDED", `${name} failed: ${stderr}`);
  return stdout;
}

/** Number of databases created so far, over all servers of this process. */
let databases = 0;

/**
 * A PostgreSQL server on the loopback interface with an empty data folder of its own, which ends with this
 * process. It does not flush to disk, so its data survives a crash of the server but not of the machine.
 */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #process: LaunchedProcess;

  private constructor(folder: string, port: number, process: LaunchedProcess) {
    this.#folder = folder;
    this.port = port;
    this.#process = process;
  }

  /** Whether the program is installed on this machine. */
  static get isInstalled(): boolean {
    return findProgram("postgres") !== undefined;
  }

  /** Creates a data folder and starts a server on it. */
  static async start(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "asterite-postgres-"));
    if (isRoot) chownSync(folder, idOf("-u"), idOf("-g"));
    const data = join(folder, "data");
    const [command, args] = asService(findProgram("initdb") ?? "initdb", [
      "-D",
      data,
      "-A",
      "trust",
      "-U",
      serviceUser,
      "-E",
      "UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ]);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8", cwd: folder });
    if (status !== 0) throw new TestkitError("PROCESS_NOT_STARTED", `initdb failed: ${stderr}`);
    const port = await freePort();
    return new PostgresServer(folder, port, await run(folder, port));
  }

  /** Id of the postmaster, the parent of its other processes. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Returns the URL of a database. */
  urlOf(database: string): string {
    return `postgres://${serviceUser}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates an empty database and returns its URL. */
  createDatabase(): string {
    const name = `test_${++databases}`;
    this.execute("postgres", `create database ${name}`);
    return this.urlOf(name);
  }

  /** Runs statements in a database and returns the output of psql, one row per line. */
  execute(database: string, sql: string): string {
    return runTool("psql", [...psqlFlags, "-A", "-t", "-d", this.urlOf(database), "-c", sql]).trim();
  }

  /** Returns a database as SQL, without its connections being disturbed. */
  dump(database: string): string {
    return runTool("pg_dump", ["-d", this.urlOf(database)]);
  }

  /** Replaces all tables of a database with a dump, in one transaction beside its connections. */
  restore(database: string, dump: string): void {
    const sql = `drop schema public cascade;\ncreate schema public;\n${dump}`;
    runTool("psql", [...psqlFlags, "-q", "-1", "-d", this.urlOf(database)], sql);
  }

  /** Kills the server with every connection, as a crash would. */
  async kill(): Promise<void> {
    // The postmaster's children notice its end and exit too, which the next postmaster waits for.
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  /** Stops the server without waiting for clients (fast shutdown). */
  async stop(): Promise<void> {
    this.#process.kill("SIGINT");
    await this.#process.exited;
  }

  /**
   * Starts the server again on its port and folder after {@link PostgresServer.kill} or {@link
   * PostgresServer.stop}.
   */
  async restart(): Promise<void> {
    this.#process = await run(this.#folder, this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGQUIT");
    await this.#process.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function run(folder: string, port: number): Promise<LaunchedProcess> {
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: 200,
    log_min_messages: "log",
  };
  const [command, args] = asService(findProgram("postgres") ?? "postgres", [
    "-D",
    join(folder, "data"),
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  return launch({ command, args, cwd: folder, readyWhen: /database system is ready to accept connections/ });
}
