import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { backoffDelayMs } from "@asterite/util";
import { mainScript } from "../package-paths.ts";

/** What a part wrote, one line of JSON. */
export type LogLine = Readonly<Record<string, unknown>>;

/** One of the programs that `asterite up` runs. */
export interface PartOptions {
  /** For people, such as `chat server`. */
  readonly name: string;
  /** Of this very command. */
  readonly args: readonly string[];
  /** Secrets, which flags would show to everybody on the machine. */
  readonly env: Readonly<Record<string, string>>;
}

/** What happens to a part. */
export interface PartEvents {
  /** A line of its log. */
  log(line: LogLine): void;
  /** Text for people that it wrote to its standard error. */
  said(text: string): void;
  /** It has ended without being asked to, and is started again after a while. */
  restarting(name: string, how: string, delayMs: number): void;
}

/** ms before the first restart, doubled each time up to the longest. */
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** A part that lived for so long has nothing to do with what was before. */
const healthyMs = 60_000;
/** ms that a part has to end in order. */
const graceMs = 8_000;

/** A program that is kept running: started again, after a pause, whenever it ends by itself. */
export class Part {
  readonly name: string;
  readonly #options: PartOptions;
  readonly #events: PartEvents;
  #child: ChildProcess | null = null;
  #startedMs = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(options: PartOptions, events: PartEvents) {
    this.name = options.name;
    this.#options = options;
    this.#events = events;
  }

  /**
   * Starts it for the first time.
   *
   * @returns What its log said when it was ready; null if it ended before, having said why.
   */
  async start(): Promise<LogLine | null> {
    const ready = Promise.withResolvers<LogLine | null>();
    const child = this.#spawn((line) => {
      this.#events.log(line);
      if (line["msg"] === "ready") ready.resolve(line);
    });
    child.once("close", () => ready.resolve(null));
    const line = await ready.promise;
    if (line) child.once("close", (code, signal) => this.#restart(code, signal));
    return line;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await once(child, "close");
    clearTimeout(timer);
  }

  #spawn(log: (line: LogLine) => void): ChildProcess {
    const { args, env } = this.#options;
    const child = spawn(process.execPath, [...process.execArgv, mainScript, ...args], {
      // Over the channel the part notices that this process has died.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...env },
      // Ctrl-C is for this process, which ends its parts in order.
      detached: true,
    });
    this.#child = child;
    this.#startedMs = performance.now();
    if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => log(readLine(line)));
    if (child.stderr) createInterface({ input: child.stderr }).on("line", (text) => this.#events.said(text));
    child.once("error", (error) => this.#events.said(String(error)));
    return child;
  }

  #restart(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#ending) return;
    this.#failures = performance.now() - this.#startedMs > healthyMs ? 1 : this.#failures + 1;
    const delayMs = backoffDelayMs(this.#failures, { firstMs: firstDelayMs, maxMs: longestDelayMs });
    this.#events.restarting(this.name, signal ? `by ${signal}` : `with code ${code}`, delayMs);
    this.#timer = setTimeout(() => {
      this.#spawn((line) => this.#events.log(line)).once("close", (...how) => this.#restart(...how));
    }, delayMs);
  }
}

function readLine(text: string): LogLine {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === "object" && line !== null) return { ...line };
  } catch {
    // Text is told as it stands.
  }
  return { level: 30, msg: text };
}
