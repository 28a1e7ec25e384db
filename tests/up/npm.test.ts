// Ending `npm start` from outside: npm does not see to it that what it started ends too.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonLine, launch } from "@asterite/testkit";
import { expect, test } from "vitest";
import { root } from "../../scripts/lib/workspace.ts";
import { temporaryFolder } from "../support/asterite.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** An older Node, which cannot become another program, runs it as its child. */
const withoutExecve = "--import=data:text/javascript,process.execve=undefined";

/** The command lines of all processes that name this folder. */
const naming = (folder: string): string[] =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

/** Starts `npm start` beside a shell that stays, because the launcher kills what a process that ends leaves. */
async function npmStart(nodeOptions: string) {
  const folder = await temporaryFolder();
  const data = join(folder, "data");
  const args = ["--host", "127.0.0.1", "--port", "0", "--web-port", "0"];
  const shell = await launch({
    command: "/bin/sh",
    args: [
      ...["-c", 'npm start -- "$@" & echo "npm $!"; wait; exec sleep 1000', "sh"],
      ...[...args, "--data", data, "--music", join(folder, "music"), "--log-level", "info"],
    ],
    cwd: root,
    env: { NODE_OPTIONS: nodeOptions },
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  const npm = Number(shell.stdout.find((line) => line.startsWith("npm "))?.slice(4));
  return { shell, npm, folder, database: join(data, "aster.db") };
}

test.skipIf(process.platform === "win32").for([
  ["SIGTERM", ""],
  ["SIGTERM", withoutExecve],
  ["SIGKILL", ""],
  ["SIGKILL", withoutExecve],
] as const)(
  "%s for npm ends everything in order (%s)",
  { timeout: 120_000 },
  async ([signal, nodeOptions]) => {
    const { shell, npm, folder, database } = await npmStart(nodeOptions);
    await using _ended = shell;
    expect(existsSync(`${database}-wal`)).toBe(true);
    // The shells, npm, the command, and its three parts.
    expect(naming(folder).length).toBeGreaterThanOrEqual(6);
    process.kill(npm, signal);
    await expect.poll(() => naming(folder), { timeout: 20_000, interval: 100 }).toEqual([]);
    // SQLite takes its log away when the last connection is closed, and leaves it where a process is killed.
    expect(existsSync(database)).toBe(true);
    expect(existsSync(`${database}-wal`)).toBe(false);
    expect(shell.stdout.join("\n")).not.toContain("started again");
  },
);
