import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";
import { LineSplitter } from "./line-splitter.ts";
import { groupOptions, guard, killGroup } from "./process-group.ts";
import { WaitList, type WaitOptions } from "./wait-list.ts";

/** Pattern of a line. */
export type LineMatch = RegExp | ((line: string) => boolean);

/** How to run a program; {@link WaitOptions} apply to `readyWhen`. */
export interface ProcessOptions extends WaitOptions {
  /** Working directory. Default: that of this process. */
  readonly cwd?: string;
  /** Merged into the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Line that completes the launch. Default: the launch completes when the process has started. */
  readonly readyWhen?: LineMatch;
  /** Number of newest lines of each stream that are kept: 1 to 1 000 000. Default: 1000. */
  readonly keepLines?: number;
  /** Time between SIGTERM and SIGKILL in `stop`, in milliseconds. Default: 5000. */
  readonly graceMs?: number;
}

/** Program, arguments and options of a launch. */
export interface LaunchOptions extends ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
}

/** How a process ended: one of the two is not null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A log line that is a JSON object. */
export type JsonLine = Readonly<Record<string, unknown>>;

/** Parses a log line; returns `undefined` if it is not a JSON object. */
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

/** Matches the line that the servers of this workspace log when they accept connections. */
export const readyLine = jsonLine({ msg: "ready" });

type Limits = Required<Pick<ProcessOptions, "keepLines" | "graceMs">>;
const defaults: Limits = Object.freeze({ keepLines: 1000, graceMs: 5000 });
const maxLineLength = 1024 * 1024;
const lingerMs = 1000;
const linesInErrors = 20;

/** A running program whose output is collected, created by {@link launch}. */
export class LaunchedProcess implements AsyncDisposable {
  /** The newest lines of the standard output, oldest first. */
  readonly stdout: readonly string[];
  /** The newest lines of the standard error output, oldest first. */
  readonly stderr: readonly string[];
  readonly pid: number;
  /** Resolves when the process has ended and its output has been read; never rejects. */
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
      // A grandchild in a group of its own may hold the pipes open.
      const timer = setTimeout(() => this.#closeOutput(), lingerMs);
      child.once("close", () => clearTimeout(timer));
    });
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        const end = signal ? `was killed by ${signal}` : `exited with code ${code}`;
        this.#lines.end(() => new TestkitError("PROCESS_ENDED", `the process ${end}${this.#lastErrors()}`));
        resolve({ code, signal });
      });
    });
  }

  /** Returns the kept lines of both streams that are JSON objects, standard output first. */
  jsonLines(): JsonLine[] {
    return [...this.stdout, ...this.stderr].map(parseJsonLine).filter((line) => line !== undefined);
  }

  /**
   * Waits for a line on either stream; kept lines count, standard output first.
   *
   * @throws TestkitError `PROCESS_ENDED` with the exit code and the last error lines, or `TIMEOUT`.
   */
  async waitForLine(match: LineMatch, options: WaitOptions = {}): Promise<string> {
    // `search`, because `test` keeps a position in a pattern with the global flag.
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

  /** Writes to the standard input. Resolves when the text is written; rejects if the process has ended. */
  write(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#child.stdin.write(text, (error) => (error ? reject(error) : resolve()));
    return promise;
  }

  /** Closes the standard input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /**
   * Sends a signal to the process only; returns false if it has ended. SIGSTOP suspends it, SIGCONT resumes
   * it.
   */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }

  /** Sends SIGTERM, after `graceMs` SIGKILL to the process and its descendants, and waits for the end. */
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
    // The id of a reaped process may belong to another one by now.
    if (this.#child.exitCode === null && this.#child.signalCode === null) killGroup(this.pid);
  }

  #closeOutput(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #collect(stream: Readable): string[] {
    const kept: string[] = [];
    const splitter = new LineSplitter(maxLineLength);
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
    return last.length > 0
      ? `; last lines of its error output:\n${last.join("\n")}`
      : "; its error output is empty";
  }
}

/**
 * Starts a program in a process group of its own, which never outlives this process, and waits until it is
 * ready. If that fails, the program is stopped.
 *
 * @throws TestkitError `PROCESS_NOT_STARTED`, or what {@link LaunchedProcess.waitForLine} throws.
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
    throw new TestkitError("PROCESS_NOT_STARTED", `${command} could not be started`, { cause });
  }
  // Later errors are signals that could not be sent, which `kill` reports itself.
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
 * @param file - A URL, or a path from the root of the workspace.
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
