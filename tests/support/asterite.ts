import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type JsonLine, type LaunchedProcess, launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { onTestFinished } from "vitest";

/** Path of the `asterite` executable. */
export const asteriteExecutable = fileURLToPath(new URL("../../apps/cli/bin/asterite.js", import.meta.url));

/** Registers a function that runs at the end of a test or of a file. */
export type AtEnd = (cleanUp: () => Promise<void>) => void;

/** Creates a folder that is deleted at the end; by default, that of the test. */
export async function temporaryFolder(atEnd: AtEnd = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-test-"));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Options of {@link asterite}. */
interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Node executable. Default: that of this process. */
  readonly node?: string;
}

/** Runs the `asterite` command until it exits. */
export async function asterite(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { node = process.execPath, ...rest } = options;
  const child = await launch({ command: node, args: [asteriteExecutable, ...args], ...rest });
  const { code } = await child.exited;
  return { code, stdout: child.stdout.join("\n"), stderr: child.stderr.join("\n") };
}

/** Returns the first link of the file that `asterite up` writes until there is an administrator. */
export async function readSetupLink(data: string): Promise<string> {
  const [link = ""] = (await readFile(join(data, "setup-link"), "utf8")).split("\n");
  return link;
}

/** Returns the code of a set-up link, with which the administrator registers. */
export const setupCodeOf = (link: string): string => new URL(link).hash.replace("#setup=", "");

/** Server process that has logged its ready line. */
export interface RunningServer {
  readonly process: LaunchedProcess;
  /** The ready line. */
  readonly ready: JsonLine;
  readonly port: number;
}

/** Environment that allows the short passwords of the tests. */
export const anyPasswordEnv = {
  ASTERITE_MIN_PASSWORD_LENGTH: "1",
  ASTERITE_COMMON_PASSWORDS: "true",
} as const;

/** Starts `asterite server` on a free loopback port. It is stopped after the test. */
export async function startServerProcess(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<RunningServer> {
  const { node = process.execPath, ...rest } = options;
  const child = await launch({
    command: node,
    args: [asteriteExecutable, "server", "--host", "127.0.0.1", "--port", "0", ...args],
    readyWhen: readyLine,
    timeoutMs: 30_000,
    ...rest,
    env: { ...anyPasswordEnv, ...rest.env },
  });
  onTestFinished(async () => {
    await child.stop();
  });
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  if (typeof ready?.["port"] !== "number") throw new Error("the ready line has no port");
  return { process: child, ready, port: ready["port"] };
}
