import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { anyPasswordEnv, asteriteExecutable, temporaryFolder } from "../support/asterite.ts";
import { ask, firstChannel, openClient, register } from "../support/server.ts";

const diskBytes = 16 * 1024 * 1024;

/** Mounts a small file system; undefined where this process may not. Unmounted when the test ends. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await temporaryFolder();
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "none", folder]);
  if (status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["--lazy", folder]));
  return folder;
}

it("refuses while the disk of data and log is full, keeps running, and recovers", {
  timeout: 90_000,
}, async ({ skip }) => {
  const disk = await smallDisk();
  if (disk === undefined) return skip("mounting a small file system needs root on Linux");
  const log = join(disk, "server.log");
  const args = `server --host 127.0.0.1 --port 0 --insecure-plaintext --rate-limit off --log-level debug --data ${join(disk, "data")}`;
  const server = await launch({
    command: "sh",
    env: anyPasswordEnv,
    args: ["-c", `exec "$0" "$1" ${args} > ${log}`, process.execPath, asteriteExecutable],
  });
  onTestFinished(async () => {
    await server.stop();
  });
  const readLog = (): Promise<string> => readFile(log, "utf8").catch(() => "");
  const ready = async (): Promise<number> =>
    Number(/"port":(\d+),.*"msg":"ready"/.exec(await readLog())?.[1]);
  await expect.poll(ready, { timeout: 30_000 }).toBeGreaterThan(0);
  const port = await ready();
  const client = await openClient(port, "lines", { plaintext: true });
  await register(client, "ann");
  const channel = await firstChannel(client);
  const send = async (content: string): Promise<unknown> =>
    (await ask(client, "send", { content, channel })).reply.status;
  expect(await send("before")).toBe(200);

  const filler = join(disk, "filler");
  await writeFile(filler, Buffer.alloc(diskBytes)).catch(() => {});
  const statuses = new Set<unknown>();
  for (let count = 0; count < 200; count++) {
    statuses.add(await send("x".repeat(3000)));
    // Each of these writes a line to the log.
    client.send({ command: "y".repeat(100) });
  }
  expect(statuses).toContain(500);
  // The database may have given space back when its writes failed.
  const rest = join(disk, "rest");
  await writeFile(rest, Buffer.alloc(diskBytes)).catch(() => {});
  for (let count = 0; count < 5000; count++) client.send({ command: "z".repeat(100) });
  expect((await ask(client, "ping")).reply.status).toBe(200);

  await Promise.all([rm(filler), rm(rest)]);
  await expect.poll(() => send("after"), { timeout: 10_000 }).toBe(200);
  client.send({ command: "a line of the log" });
  await expect.poll(readLog, { timeout: 10_000 }).toMatch(/"lines":\d+,"msg":"log lines lost"/);
  const { reply } = await ask(client, "history", { channel, num: 1 });
  expect(reply["data"]).toMatchObject([{ content: "after" }]);
});
