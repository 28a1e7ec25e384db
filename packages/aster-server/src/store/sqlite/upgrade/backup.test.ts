import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { backUp } from "./backup.ts";

async function original(content: Uint8Array): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-backup-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "aster.db");
  await writeFile(file, content);
  return { folder, file };
}

it("names each backup after version and time, and overwrites no file", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 31, 7, 8, 9, 999) });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { folder, file } = await original(new Uint8Array([1, 2, 3]));
  const names = ["aster.db.backup-v3-20260131T070809Z", "aster.db.backup-v3-20260131T070809Z-2"];
  for (const name of names) {
    const backup = backUp(file, 3);
    backup.release();
    expect(backup.file).toBe(join(folder, name));
    expect(await readFile(backup.file)).toEqual(Buffer.from([1, 2, 3]));
  }
  expect((await readdir(folder)).sort()).toEqual(["aster.db", ...names]);
});

it("copies files larger than its buffer, with the same mode", async () => {
  const content = new Uint8Array(3 * 1024 * 1024 + 5).map((_, index) => index % 251);
  const { file } = await original(content);
  await chmod(file, 0o600);
  const backup = backUp(file, 0);
  backup.release();
  expect((await readFile(backup.file)).equals(content)).toBe(true);
  expect((await stat(backup.file)).mode & 0o777).toBe(0o600);
});
