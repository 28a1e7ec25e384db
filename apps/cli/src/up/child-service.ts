import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { backoffDelayMs, readLines } from "@asterite/util";
import { mainScript } from "../package-paths.ts";

/** Log line of a service, parsed from JSON. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Options of a {@link ChildService}. */
export interface ChildServiceOptions {
  /** Display name, such as `chat server`. */
  readonly name: string;
  /** Arguments of the `asterite` command. */
  readonly args: readonly string[];
  /** Environment variables for secrets, which flags would reveal to other users of the machine. */
  readonly env: Readonly<Record<string, string>>;
}

/** Receives the events of a {@link ChildService}. */
export interface ChildServiceListener {
  /** Called for each log line. */
  onLogLine(line: LogLine): void;
  /** Called for each line on standard error. */
  onStderr(text: string): void;
  /** Called when the service has exited unexpectedly and will be restarted after `delayMs`. */
  onRestart(name: string, cause: string, delayMs: number): void;
}

/** Delay before the first restart in ms, doubled up to the maximum. */
const firstDelayMs = 1_000;
const maxDelayMs = 30_000;
/** Uptime in ms after which the failure count starts over. */
const healthyMs = 60_000;
/** Time for a graceful shutdown before SIGKILL, in ms. */
const shutdownTimeoutMs = 8_000;

/** Supervised child process, restarted with back-off whenever it exits unexpectedly. */
export class ChildService {
  readonly name: string;
  readonly #options: ChildServiceOptions;
  readonly #listener: ChildServiceListener;
  #child: ChildProcess | null = null;
  #startedAtMs = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: ChildServiceOptions, listener: ChildServiceListener) {
    this.name = options.name;
    this.#options = options;
    this.#listener = listener;
  }

  /**
   * Starts the service.
   *
   * @returns The `ready` log line; null if the process exited before, in which case it has logged the cause.
   */
  async start(): Promise<LogLine | null> {
    const ready = Promise.withResolvers<LogLine | null>();
    const child = this.#spawn((line) => {
      this.#listener.onLogLine(line);
      if (line["msg"] === "ready") ready.resolve(line);
    });
    child.once("close", () => ready.resolve(null));
    const line = await ready.promise;
    if (line) child.once("close", (code, signal) => this.#restart(code, signal));
    return line;
  }

  /** Stops the service for good, with SIGKILL if it does not exit in time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), shutdownTimeoutMs);
    await once(child, "close");
    clearTimeout(timer);
  }

  /** Kills the process at once. For a supervisor that exits without waiting. */
  kill(): void {
    this.#isStopping = true;
    this.#child?.kill("SIGKILL");
  }

  #spawn(log: (line: LogLine) => void): ChildProcess {
    const { args, env } = this.#options;
    const child = spawn(process.execPath, [...process.execArgv, mainScript, ...args], {
      // Over the IPC channel the service detects that this process has exited.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...env },
      // Ctrl-C must reach only this process, which stops the services in order.
      detached: true,
    });
    this.#child = child;
    this.#startedAtMs = performance.now();
    const onStderr = (text: string): void => this.#listener.onStderr(text);
    const fail = (error: unknown): void => onStderr(String(error));
    if (child.stdout) forEachLine(child.stdout, (line) => log(parseLogLine(line))).catch(fail);
    if (child.stderr) forEachLine(child.stderr, onStderr).catch(fail);
    child.once("error", fail);
    return child;
  }

  #restart(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isStopping) return;
    this.#failures = performance.now() - this.#startedAtMs > healthyMs ? 1 : this.#failures + 1;
    const delayMs = backoffDelayMs(this.#failures, { firstMs: firstDelayMs, maxMs: maxDelayMs });
    this.#listener.onRestart(this.name, signal ? `signal ${signal}` : `exit code ${code}`, delayMs);
    this.#timer = setTimeout(() => {
      this.#spawn((line) => this.#listener.onLogLine(line)).once("close", (...exit) =>
        this.#restart(...exit),
      );
    }, delayMs);
  }
}

async function forEachLine(stream: Readable, handle: (line: string) => void): Promise<void> {
  for await (const line of readLines(stream)) handle(line);
}

function parseLogLine(text: string): LogLine {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === "object" && line !== null) return { ...line };
  } catch {
    // Plain text becomes the message.
  }
  return { level: 30, msg: text };
}
