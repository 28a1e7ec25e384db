import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { firstChannel, registered, startServer, statusOf } from "../support/server.ts";

/** Puts a device that cannot be flushed in place of the server's own descriptor of a file. */
function breakDescriptor(file: string): void {
  const descriptors = readdirSync("/proc/self/fd")
    .map(Number)
    .filter((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
      } catch {
        // The descriptor of the listing itself.
        return false;
      }
    });
  // SQLite opened the file first.
  const own = Math.max(...descriptors);
  const opened: number[] = [];
  closeSync(own);
  do opened.push(openSync("/dev/null", "r"));
  while (opened.at(-1) !== own && opened.length < 1000);
  for (const descriptor of opened) if (descriptor !== own) closeSync(descriptor);
  expect(opened.at(-1)).toBe(own);
}

it("refuses every change after a failed flush, and is not ready", async () => {
  const database = join(await temporaryFolder(), "aster.db");
  const { port, statusPort } = await startServer({ database, statusPort: 0 });
  const { client } = await registered(port, "ann");
  const channel = await firstChannel(client);
  const ready = async () => (await fetch(`http://127.0.0.1:${statusPort}/health/ready`)).status;
  expect(await ready()).toBe(200);
  breakDescriptor(`${database}-wal`);
  expect(await statusOf(client, "send", { channel, content: "lost" })).toBe(500);
  expect(await statusOf(client, "send", { channel, content: "late" })).toBe(500);
  expect(await ready()).toBe(503);
});
