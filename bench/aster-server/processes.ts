import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Answer, Job } from "./jobs.ts";

const main = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));
const bareFile = fileURLToPath(new URL("./bare.ts", import.meta.url));
const generatorFile = fileURLToPath(new URL("./generator.ts", import.meta.url));

/** A process that listens. All that are started here end with this process, whose channel they watch. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Resident memory in bytes, once it has stopped to fall. */
  residentBytes(): Promise<number>;
}

/** What the real server is started with beside the fixed flags, for profilers. */
const nodeFlags = (process.env["BENCH_SERVER_NODE_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");

async function listening(file: string, args: readonly string[], flags: readonly string[] = []) {
  const execArgv = [...process.execArgv, ...flags];
  const child = fork(file, args, { execArgv, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  if (!child.stdout) throw new Error("no pipe");
  for await (const line of createInterface(child.stdout)) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port === undefined) continue;
    child.stdout.resume();
    return new ListeningProcess(child, port);
  }
  throw new Error(`${file} ended before it listened`);
}

class ListeningProcess implements Listening {
  readonly port: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** What the connecting left behind for the collector goes in the seconds after it. */
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

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exited;
  }
}

/** Starts the real command on a database file in a folder, with rate limits off. */
export const startServer = (folder: string): Promise<Listening> =>
  listening(
    main,
    ["server", "--host", "127.0.0.1", "--port", "0", "--data", folder, "--rate-limit", "off"].concat([
      "--log-level",
      "warn",
    ]),
    nodeFlags,
  );

/** Starts the bare broadcaster with the certificate that a server has made in a folder. */
export const startBare = (folder: string): Promise<Listening> =>
  listening(bareFile, [join(folder, "certificate.pem"), join(folder, "private-key.pem")]);

/** The process that plays the clients. */
export class Generator implements AsyncDisposable {
  readonly #child = fork(generatorFile, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  readonly #exited = once(this.#child, "exit");

  /** Does one job to its end. */
  async run(job: Job): Promise<number> {
    this.#child.send(job);
    const [answer] = (await Promise.race([
      once(this.#child, "message"),
      this.#exited.then(() => [{ error: "the generator has ended" }]),
    ])) as [Answer];
    if ("error" in answer) throw new Error(answer.error);
    return answer.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
