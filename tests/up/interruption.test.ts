// `asterite up` is interrupted at any moment of its first start.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonLine, launch, parseJsonLine, seededRandom } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asteriteExecutable, readSetupLink, setupCodeOf, temporaryFolder } from "../support/asterite.ts";
import { openClient, statusOf } from "../support/server.ts";

const isLong = process.env["ASTERITE_LONG_TESTS"] === "1";
const rounds = isLong ? 500 : 6;
const parallel = 2;
/** Time in which a start is complete on a slow machine, in ms. */
const maxDelayMs = 4_000;
const args = [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"];

/** Returns the processes that work in a folder or below it. */
async function processesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    if (place.startsWith(folder)) found.push(pid);
  }
  return found;
}

const ways: readonly (readonly NodeJS.Signals[])[] = [
  ["SIGINT"],
  ["SIGINT", "SIGINT"],
  ["SIGTERM"],
  ["SIGHUP"],
  ["SIGKILL"],
  ["SIGTERM", "SIGKILL"],
];

/** Starts in a folder and sends signals to the process group, as a terminal does. */
async function interrupt(folder: string, seed: number): Promise<string> {
  const next = seededRandom(seed);
  const signals = ways[seed % ways.length] ?? [];
  const delayMs = next() * maxDelayMs;
  const up = spawn(process.execPath, args, { cwd: folder, stdio: "ignore", detached: true });
  const exit = once(up, "exit");
  await Promise.race([sleep(delayMs), exit]);
  for (const signal of signals) {
    try {
      process.kill(-(up.pid ?? 0), signal);
    } catch {
      // The first signal was enough.
    }
    await sleep(next() * 300);
  }
  await exit;
  return `${signals.join(" ")} after ${Math.round(delayMs)} ms (seed ${seed})`;
}

it.skipIf(process.platform !== "linux")(
  "leaves no process, and the next start creates an administrator",
  {
    timeout: rounds * 40_000,
  },
  async () => {
    const folders: string[] = [];
    let seed = 0;
    const work = async (): Promise<void> => {
      // One folder for several rounds: most of them find what an earlier one left.
      const folder = await temporaryFolder();
      folders.push(folder);
      while (seed < rounds) {
        const what = await interrupt(folder, seed++);
        await expect
          .poll(() => processesIn(folder), { timeout: 35_000, interval: 100, message: what })
          .toEqual([]);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    for (const folder of folders) {
      const up = await launch({
        command: process.execPath,
        args,
        cwd: folder,
        readyWhen: jsonLine({ msg: "ready", service: "asterite" }),
        timeoutMs: 90_000,
      });
      onTestFinished(async () => void (await up.stop()));
      const ready = parseJsonLine(up.stdout.find(jsonLine({ msg: "ready", service: "asterite" })) ?? "");
      const invite = setupCodeOf(await readSetupLink(join(folder, "data")));
      const admin = await openClient(Number(ready?.["port"]));
      const account = { uname: "ann", passwd: "a long secret" };
      expect(await statusOf(admin, "register", { ...account, invite })).toBe(200);
      expect(await statusOf(admin, "create_channel", { name: "x", permissions: {} })).toBe(200);
      await up.stop();
    }
  },
);
