// Terminating `npm start`: npm does not terminate the processes that it launched.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonLine, launch } from "@asterite/testkit";
import { expect, it } from "vitest";
import { root } from "../../scripts/lib/workspace.ts";
import { temporaryFolder } from "../support/asterite.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** Simulates an older Node, which lacks `execve` and runs the command as a child process. */
const withoutExecve = "--import=data:text/javascript,process.execve=undefined";

/** Returns the command lines of all processes that contain a folder. */
const processesNaming = (folder: string): string[] =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

/**
 * Runs `npm start` in a shell that stays alive, because the test kit kills the orphans of a process that
 * exits.
 */
async function npmStart(nodeOptions: string) {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const args = ["--host", "127.0.0.1", "--port", "0", "--web-port", "0"];
  const shell = await launch({
    command: "/bin/sh",
    args: [
      "-c",
      'npm start -- "$@" & echo "npm $!"; wait; exec sleep 1000',
      "sh",
      ...args,
      "--data",
      data,
      "--music",
      join(folder, "music"),
      "--log-level",
      "info",
    ],
    cwd: root,
    env: { NODE_OPTIONS: nodeOptions },
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  const npm = Number(shell.stdout.find((line) => line.startsWith("npm "))?.slice(4));
  return { shell, npm, folder, database: join(data, "aster.db") };
}

it.skipIf(process.platform === "win32").for([
  ["SIGTERM", ""],
  ["SIGTERM", withoutExecve],
  ["SIGKILL", ""],
  ["SIGKILL", withoutExecve],
] as const)(
  "shuts down all services when npm receives %s (%s)",
  { timeout: 120_000 },
  async ([signal, nodeOptions]) => {
    const { shell, npm, folder, database } = await npmStart(nodeOptions);
    await using _ended = shell;
    expect(existsSync(`${database}-wal`)).toBe(true);
    // The shells, npm, the command and its three services.
    expect(processesNaming(folder).length).toBeGreaterThanOrEqual(6);
    process.kill(npm, signal);
    await expect.poll(() => processesNaming(folder), { timeout: 20_000, interval: 100 }).toEqual([]);
    // SQLite deletes the WAL when the last connection is closed, but not if the process is killed.
    expect(existsSync(database)).toBe(true);
    expect(existsSync(`${database}-wal`)).toBe(false);
    expect(shell.stdout.join("\n")).not.toContain("restarting in");
  },
);
