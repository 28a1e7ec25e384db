import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./workspace.ts";

/** Exit code and output of a command, both streams in the order of writing. */
export interface Finished {
  /** 0 on success; 1 after a signal. */
  readonly code: number;
  readonly output: string;
}

export interface CommandOptions {
  /** Working directory. Default: the workspace's root. */
  readonly cwd?: string;
  /** Merged into the environment of this process; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const running = new Set<ChildProcess>();

/** Forwards SIGINT, SIGTERM and SIGHUP to running children before this process ends. */
export function forwardSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      for (const child of running) child.kill(signal);
      process.kill(process.pid, signal);
    });
  }
}

/** Runs a program without a terminal until it exits, and collects its output. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && program === "npm",
  });
  running.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  child.on("error", (error) => reject(new Error(`cannot start ${program}: ${error.message}`)));
  child.on("close", (code) => {
    running.delete(child);
    // Some programs ignore NO_COLOR.
    const output = stripVTControlCharacters(Buffer.concat(chunks).toString("utf8"));
    resolve({ code: code ?? 1, output });
  });
  return promise;
}

/** Runs a program, whose output goes to the terminal as it comes, and resolves with its exit code. */
export async function streamCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<number> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  running.add(child);
  const [code] = await once(child, "close");
  running.delete(child);
  return typeof code === "number" ? code : 1;
}

/** Line of output for which {@link runUntil} waits, and how long. */
interface Milestone {
  readonly line: RegExp;
  readonly limitMs: number;
}

/**
 * Runs a program until its output contains a line, then ends it with SIGTERM. Also ends it after the time
 * limit. Resolves when the program has exited.
 */
export async function runUntil(
  program: string,
  args: readonly string[],
  options: CommandOptions,
  { line, limitMs }: Milestone,
): Promise<{ readonly isReached: boolean; readonly output: string }> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  let isReached = false;
  const end = () => void child.kill("SIGTERM");
  const timer = setTimeout(end, limitMs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
      if (!isReached && line.test(output)) {
        isReached = true;
        end();
      }
    });
  }
  await once(child, "close");
  clearTimeout(timer);
  running.delete(child);
  return { isReached, output };
}

/** Runs a script on this Node by its path, because `.bin` names are ambiguous. */
export const runTool = (path: string, args: readonly string[], options?: CommandOptions): Promise<Finished> =>
  runCommand(process.execPath, [path, ...args], options);

// An inner npm would read these variables of the outer `npm test` as its own settings.
const withoutLifecycle = Object.fromEntries(
  Object.keys(process.env)
    .filter(
      (name) => /^npm_(?:package|lifecycle|command|config_local_prefix)/.test(name) || name === "INIT_CWD",
    )
    .map((name) => [name, undefined]),
);

/**
 * Runs npm on this Node, because npm chooses versions that fit the Node it runs on.
 *
 * @throws Error with npm's output if it fails.
 */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = {
    ...withoutLifecycle,
    PATH: dirname(process.execPath) + delimiter + process.env["PATH"],
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_loglevel: "error",
    npm_config_logs_max: "0",
    npm_config_update_notifier: "false",
  };
  const { code, output } = await runCommand("npm", args, { cwd, env });
  if (code !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${output}`);
  return output;
}
