import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Job, Reply } from "./jobs.ts";

const here = fileURLToPath(new URL("../../", import.meta.url));
const bareFile = fileURLToPath(new URL("./bare.ts", import.meta.url));
const generatorFile = fileURLToPath(new URL("./generator.ts", import.meta.url));

/** Child process with a listener. It exits with this process, because it watches the IPC channel. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  /** Returns the resident memory in bytes, once it no longer falls. */
  residentBytes(): Promise<number>;
  /** Returns the processor time of all its threads so far, in seconds. */
  processorSeconds(): number;
}

/** Additional Node.js flags of the server, for profilers. */
const nodeFlags = (process.env["BENCH_SERVER_NODE_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");

async function launch(file: string, args: readonly string[], flags: readonly string[] = []) {
  const execArgv = [...process.execArgv, ...flags];
  const child = fork(file, args, { execArgv, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  if (!child.stdout) throw new Error("no pipe");
  for await (const line of createInterface(child.stdout)) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port === undefined) continue;
    child.stdout.resume();
    return new ListeningProcess(child, port);
  }
  throw new Error(`${file} exited before it listened`);
}

class ListeningProcess implements ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Waits some seconds for the garbage of the connects to be collected. */
  async residentBytes(): Promise<number> {
    let smallest = Number.POSITIVE_INFINITY;
    for (let unchanged = 0; unchanged < 8; unchanged++) {
      const now = this.#residentNow();
      if (now < 0.995 * smallest) unchanged = 0;
      smallest = Math.min(smallest, now);
      await delay(1000);
    }
    return smallest;
  }

  #residentNow(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  }

  processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // User and system time, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}

/** Starts the server command of a checkout, by default this one, on a data folder, without rate limits. */
export const startServer = (folder: string, checkout = here): Promise<ServerProcess> =>
  launch(
    join(checkout, "apps/cli/src/main.ts"),
    ["server", "--host", "127.0.0.1", "--port", "0", "--data", folder, "--rate-limit", "off"].concat([
      "--log-level",
      "warn",
    ]),
    nodeFlags,
  );

/** Starts the bare listener with the certificate of a data folder. */
export const startBare = (folder: string): Promise<ServerProcess> =>
  launch(bareFile, [join(folder, "certificate.pem"), join(folder, "private-key.pem")]);

/** Load generator process, which runs the clients. */
export class Generator implements AsyncDisposable {
  readonly #child = fork(generatorFile, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  readonly #exited = once(this.#child, "exit");

  /** Runs one job and returns its result. */
  async run(job: Job): Promise<number> {
    this.#child.send(job);
    const [reply] = (await Promise.race([
      once(this.#child, "message"),
      this.#exited.then(() => [{ error: "the generator has exited" }]),
    ])) as [Reply];
    if ("error" in reply) throw new Error(reply.error);
    return reply.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
