import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { TrackError } from "@asterite/audio/media";
import { BoundedSemaphore } from "@asterite/util";
import type { Dialler } from "../../bytes/dialler.ts";
import { FilterProxy } from "../../bytes/filter-proxy.ts";
import { cleanText } from "../clean-text.ts";
import type { LoadingLimits } from "../limits.ts";
import { runLoad } from "../run-load.ts";
import { findInPath } from "./find-in-path.ts";

/** Value of the option `ytDlp` for the program `yt-dlp` in `PATH`, if it is there. */
const ytDlpInPath = "auto";

/** Options of {@link YtDlp}. */
export interface YtDlpOptions {
  /** Path of the program, its name if it is in `PATH`, or {@link ytDlpInPath}. */
  readonly program: string;
  readonly dialler: Dialler;
  readonly limits: LoadingLimits;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Arguments of every run: no configuration files, no cache, JSON output only. */
const baseArguments = [
  "--ignore-config",
  "--no-cache-dir",
  "--no-warnings",
  "--no-progress",
  "--dump-single-json",
  "--socket-timeout=10",
];

/** Bytes kept of the end of the error output, which contains the reason. */
const maxErrorBytes = 8 * 1024;
const proxyIdleMs = 60_000;

/**
 * Runs yt-dlp, each time as a child process with a timeout. Its connections go through a {@link FilterProxy},
 * which checks their targets.
 */
export class YtDlp {
  readonly #options: YtDlpOptions;
  readonly #semaphore: BoundedSemaphore;
  #proxy: Promise<FilterProxy> | undefined;

  constructor(options: YtDlpOptions) {
    const { concurrentPrograms, waitingLoads } = options.limits;
    this.#options = options;
    this.#semaphore = new BoundedSemaphore(concurrentPrograms, waitingLoads);
  }

  /**
   * Runs yt-dlp for one target.
   *
   * @param options - Options, with values after `=`.
   * @returns The parsed JSON output, not validated.
   * @throws TrackError when the run fails; the signal's reason when it aborts.
   */
  run(options: readonly string[], target: string, signal: AbortSignal): Promise<unknown> {
    const runProgram = async (): Promise<unknown> => {
      this.#proxy ??= this.#startProxy();
      const proxy = await this.#proxy;
      signal.throwIfAborted();
      return await this.#run(proxy, [...baseArguments, ...options], target, signal);
    };
    return runLoad(this.#semaphore, runProgram, signal);
  }

  /** Returns the program to run; null if it is searched in `PATH` and not there. It may be installed while the node runs. */
  async findProgram(): Promise<string | null> {
    const { program } = this.#options;
    return program === ytDlpInPath ? await findInPath("yt-dlp") : program;
  }

  async close(): Promise<void> {
    await (await this.#proxy)?.close();
  }

  #startProxy(): Promise<FilterProxy> {
    const { dialler, limits } = this.#options;
    return FilterProxy.start(dialler, { maxConnections: limits.programConnections, idleMs: proxyIdleMs });
  }

  async #run(
    proxy: FilterProxy,
    options: readonly string[],
    target: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { limits } = this.#options;
    const program = (await this.findProgram()) ?? "yt-dlp";
    const child: Child = spawn(program, [...options, `--proxy=${proxy.url}`, "--", target], {
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own, so that processes started by yt-dlp are killed too.
      detached: true,
      cwd: "/",
      env: childEnvironment(proxy.url),
    });
    const end = Promise.withResolvers<never>();
    const stop = (reason: unknown): void => {
      kill(child);
      end.reject(reason);
    };
    const abort = (): void => stop(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(
      () => stop(new TrackError("yt-dlp did not finish in time.", "SUSPICIOUS")),
      limits.programMs,
    );
    child.on("error", (error) =>
      stop(new TrackError("yt-dlp could not be started.", "FAULT", { cause: error })),
    );
    try {
      const [output, errors, code] = await Promise.race([
        Promise.all([
          collect(child.stdout, limits.programBytes, stop),
          collectTail(child.stderr),
          exitCodeOf(child),
        ]),
        end.promise,
      ]);
      return parseOutput(output, code === 0, errors.replaceAll(proxy.secret, "…"));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      kill(child);
    }
  }
}

/**
 * Environment of the child process. Of the node's own variables it contains only PATH: others may be secrets.
 */
const childEnvironment = (proxy: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  LANG: "C.UTF-8",
  PYTHONIOENCODING: "utf-8",
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  https_proxy: proxy,
});

const exitCodeOf = (child: Child): Promise<number | null> =>
  new Promise((resolve) => child.once("close", (code) => resolve(code)));

function kill({ pid }: Child): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The process has already exited.
  }
}

/** Resolves when the stream closes, with or without an error: failures are detected by the exit code. */
function consume(stream: Readable, onData: (part: Buffer) => void): Promise<void> {
  stream.on("data", onData);
  stream.on("error", () => {});
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

async function collect(stream: Readable, limit: number, stop: (reason: unknown) => void): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  await consume(stream, (part) => {
    length += part.length;
    if (length <= limit) parts.push(part);
    else stop(new TrackError("yt-dlp wrote more output than this node reads.", "SUSPICIOUS"));
  });
  return Buffer.concat(parts).toString("utf8");
}

async function collectTail(stream: Readable): Promise<string> {
  let end = Buffer.alloc(0);
  await consume(stream, (part) => {
    end = Buffer.concat([end, part]).subarray(-maxErrorBytes);
  });
  return end.toString("utf8");
}

function parseOutput(output: string, isSuccess: boolean, errors: string): unknown {
  if (isSuccess) {
    try {
      return JSON.parse(output);
    } catch (error) {
      throw new TrackError("The output of yt-dlp is not JSON.", "FAULT", { cause: error });
    }
  }
  // The rest of the message is advice for reporting bugs of yt-dlp.
  const reason = /^ERROR:\s*(.+?)(?:; please report this issue.*)?$/m.exec(errors)?.[1];
  throw new TrackError(
    cleanText(reason?.slice(0, 300) ?? null) ?? "yt-dlp failed without an error message.",
    "COMMON",
  );
}
