import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { WriteAheadLog } from "./write-ahead-log.ts";

/** Opens a log whose flushes take a settable time, by its clock. */
function openLog() {
  const folder = mkdtempSync(join(tmpdir(), "asterite-wal-"));
  const file = join(folder, "notes.db");
  const raw = new DatabaseSync(file);
  raw.exec("pragma journal_mode = wal; create table notes (text)");
  const clock = { now: 0, flushMs: 1 };
  const log = new WriteAheadLog(file, raw, () => {
    clock.now += clock.flushMs;
    return clock.now;
  });
  onTestFinished(() => {
    log.close();
    log.close();
    raw.close();
    rmSync(folder, { recursive: true });
  });
  return { log, raw, clock };
}

it("flushes at once while the disk is fast, and in another thread after a slow flush", async () => {
  const { log, clock } = openLog();
  expect(log.flush()).toBe(undefined);
  clock.flushMs = 3;
  expect(log.flush()).toBe(undefined);
  clock.flushMs = 1;
  for (let count = 0; count < 64; count++) {
    const flushed = log.flush();
    expect(flushed).toBeInstanceOf(Promise);
    await flushed;
  }
  expect(log.flush()).toBe(undefined);
});

it("leaves the flush of commits to itself", () => {
  const { raw } = openLog();
  expect(raw.prepare("pragma synchronous").get()).toEqual({ synchronous: 1 });
});

it("reports a failed flush", async () => {
  const { log, clock } = openLog();
  clock.flushMs = 3;
  await log.flush();
  log.close();
  await expect(log.flush()).rejects.toThrow("EBADF");
});
