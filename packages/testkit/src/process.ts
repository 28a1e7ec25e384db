import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";
import { LineSplitter } from "./line-splitter.ts";
import { groupOptions, guard, killGroup } from "./process-group.ts";
import { WaitList, type WaitOptions } from "./wait-list.ts";

/** Which line is meant. */
export type LineMatch = RegExp | ((line: string) => boolean);

/** How to run a program; {@link WaitOptions} are about `readyWhen`. */
export interface ProcessOptions extends WaitOptions {
  /** The working directory; this process's own unless told. */
  readonly cwd?: string;
  /** Laid over this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The launch is done when this line has come; without it, when the process has started. */
  readonly readyWhen?: LineMatch;
  /** How many lines of each stream are kept, the newest ones: 1 to 1 000 000, 1000 unless told. */
  readonly keepLines?: number;
  /** How long `stop` leaves after SIGTERM before it kills, in milliseconds; 5000 unless told. */
  readonly graceMs?: number;
}

/** What to run and how. */
export interface LaunchOptions extends ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
}

/** How a process ended: one of the two is not null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A line that is a JSON object, as servers log them. */
export type JsonLine = Readonly<Record<string, unknown>>;

/** The object that a line holds, or `undefined` for any other line. */
export function parseJsonLine(line: string): JsonLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as JsonLine;
  } catch {
    return undefined;
  }
}

/** Matches JSON lines that have all these fields with these values. */
export function jsonLine(fields: JsonLine): (line: string) => boolean {
  return (line) => {
    const parsed = parseJsonLine(line);
    return parsed !== undefined && Object.entries(fields).every(([name, value]) => parsed[name] === value);
  };
}

/** Matches the line with which our servers say that they can be reached. */
export const readyLine = jsonLine({ msg: "ready" });

type Limits = Required<Pick<ProcessOptions, "keepLines" | "graceMs">>;
const defaults: Limits = Object.freeze({ keepLines: 1000, graceMs: 5000 });
const longestLine = 1024 * 1024;
const lingerMs = 1000;
const linesInErrors = 20;

/** A running program whose output is collected; made by {@link launch}. */
export class LaunchedProcess implements AsyncDisposable {
  /** The newest lines of the standard output, oldest first. */
  readonly stdout: readonly string[];
  /** The newest lines of the standard error output, oldest first. */
  readonly stderr: readonly string[];
  readonly pid: number;
  /** Resolves when the process has ended and all that it wrote has been read; never rejects. */
  readonly exited: Promise<Exit>;

  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines = new WaitList<string>();
  readonly #keepLines: number;
  readonly #graceMs: number;

  /** @internal */
  constructor(child: ChildProcessWithoutNullStreams, pid: number, limits: Limits) {
    this.#child = child;
    this.pid = pid;
    this.#keepLines = limits.keepLines;
    this.#graceMs = limits.graceMs;
    this.stdout = this.#collect(child.stdout);
    this.stderr = this.#collect(child.stderr);
    // Writing to a process that has ended is reported by its exit, not by an uncaught EPIPE.
    child.stdin.on("error", () => {});
    const release = guard(pid);
    child.once("exit", () => {
      release();
      killGroup(pid);
      // A grandchild in a group of its own may hold the pipes open for as long as it likes.
      const timer = setTimeout(() => this.#closeOutput(), lingerMs);
      child.once("close", () => clearTimeout(timer));
    });
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        const end = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
        this.#lines.end(() => new TestkitError("process-ended", `the process ${end}${this.#lastErrors()}`));
        resolve({ code, signal });
      });
    });
  }

  /** What the kept lines of both streams hold in JSON objects, standard output first. */
  jsonLines(): JsonLine[] {
    return [...this.stdout, ...this.stderr].map(parseJsonLine).filter((line) => line !== undefined);
  }

  /**
   * Waits for a line on either stream; one that is there already counts, standard output first.
   *
   * @throws TestkitError `process-ended` with the exit code and the last error lines, or `timeout`.
   */
  async waitForLine(match: LineMatch, options: WaitOptions = {}): Promise<string> {
    // `search`, because `test` moves on in an expression with the global flag.
    const accepts = typeof match === "function" ? match : (line: string) => line.search(match) >= 0;
    const present = this.stdout.find(accepts) ?? this.stderr.find(accepts);
    if (present !== undefined) return present;
    const what = typeof match === "function" ? "awaited line" : `line like ${match}`;
    return await this.#lines.wait(
      accepts,
      options,
      (ms) => `no ${what} within ${ms} ms${this.#lastErrors()}`,
    );
  }

  /** Writes to the standard input. Resolves when it is handed over; rejects if the process is gone. */
  write(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#child.stdin.write(text, (error) => (error ? reject(error) : resolve()));
    return promise;
  }

  /** Ends the standard input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /** Sends a signal to the process alone; false if it is gone. SIGSTOP freezes it, SIGCONT thaws it. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }

  /** Sends SIGTERM, and after the grace SIGKILL to it and all that it started; waits for the end. */
  async stop(): Promise<Exit> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.#killAll(), this.#graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #killAll(): void {
    // An id whose process has been waited for may belong to somebody else by now.
    if (this.#child.exitCode === null && this.#child.signalCode === null) killGroup(this.pid);
  }

  #closeOutput(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #collect(stream: Readable): string[] {
    const kept: string[] = [];
    const splitter = new LineSplitter(longestLine);
    const take = (lines: string[]) => {
      for (const line of lines) {
        kept.push(line);
        if (kept.length > this.#keepLines) kept.shift();
        this.#lines.offer(line);
      }
    };
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => take(splitter.push(text)));
    stream.on("end", () => take(splitter.end()));
    stream.on("error", () => {});
    return kept;
  }

  #lastErrors(): string {
    const last = this.stderr.slice(-linesInErrors);
    return last.length > 0 ? `; its last error lines:\n${last.join("\n")}` : "; it wrote no error lines";
  }
}

/**
 * Starts a program in a process group of its own, which never outlives this process, and waits until it is
 * ready. Where that fails, nothing is left running.
 *
 * @throws TestkitError `process-not-started`, or what {@link LaunchedProcess.waitForLine} throws.
 */
export async function launch(options: LaunchOptions): Promise<LaunchedProcess> {
  const { command, args = [], cwd, env, readyWhen } = options;
  const { keepLines, graceMs } = { ...defaults, ...options };
  checkRange("keepLines", keepLines, 1, 1_000_000);
  checkRange("graceMs", graceMs, 0, maxDelayMs);
  const child = spawn(command, args, {
    ...groupOptions,
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: "pipe",
  });
  if (child.pid === undefined) {
    const [cause] = await once(child, "error");
    throw new TestkitError("process-not-started", `${command} could not be started`, { cause });
  }
  // Later errors are about signals that could not be sent, which `kill` tells by itself.
  child.on("error", () => {});
  const launched = new LaunchedProcess(child, child.pid, { keepLines, graceMs });
  if (readyWhen === undefined) return launched;
  try {
    await launched.waitForLine(readyWhen, options);
    return launched;
  } catch (error) {
    await launched.stop();
    throw error;
  }
}

const workspace = new URL("../../../", import.meta.url);

/**
 * Runs a TypeScript file on the Node that runs this process, with the packages of the workspace from source.
 *
 * @param file as a URL, or as a path from the root of the workspace.
 */
export function launchNode(
  file: string | URL,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<LaunchedProcess> {
  return launch({
    ...options,
    command: process.execPath,
    args: ["--conditions=@asterite/source", fileURLToPath(new URL(file, workspace)), ...args],
  });
}
