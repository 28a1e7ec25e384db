import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { openSqliteStore } from "../sqlite-store.ts";
import { content, writeUpstreamFile } from "./upgrade.test-support.ts";

const initial = { name: "Given", icon: new Uint8Array([9, 8, 7]) };
const texts = Array.from({ length: 500 }, (_, index) => `${index} ${"long ".repeat(400)}`);

/** Starts the upgrade of a file in a process that kills itself before the last step. */
function upgradeAndDie(file: string): NodeJS.Signals | null {
  const from = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    import { upgradeFile } from ${from("./upgrade-file.ts")};
    import { upgradeSteps } from ${from("./steps.ts")};
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const initial = { name: "x", icon: new Uint8Array([1]) };
    // A tiny page cache, so that changed pages are written to the file before the commit.
    const first = { name: "small cache", isNeeded: () => true, apply: ({ raw }) => raw.exec("pragma cache_size = 5") };
    const last = { name: "kill", isNeeded: () => true, apply: () => process.kill(process.pid, "SIGKILL") };
    const steps = [first, ...upgradeSteps.slice(0, -1), last];
    upgradeFile(${JSON.stringify(file)}, { initial, logger, steps });
  `;
  const args = ["--conditions=@asterite/source", "--input-type=module", "--eval", program];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).signal;
}

it("rolls back when the process is killed, and upgrades at the next start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterite-interrupted-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "aster.db");
  writeUpstreamFile(file, { shape: 0, missingColumns: ["messages.reply"] });
  const raw = new DatabaseSync(file);
  const insert = raw.prepare("insert into messages values (?, ?, 103, 205, 1, 0)");
  for (const [index, text] of texts.entries()) insert.run(1000 + index, text);
  raw.close();
  const original = await readFile(file);

  expect(upgradeAndDie(file)).toBe("SIGKILL");
  expect(original.equals(await readFile(file))).toBe(false);
  expect(await readdir(folder)).toContain("aster.db-journal");

  const store = openSqliteStore(file, initial);
  const history = await store.read.messages.readPage({ channel: 205, limit: 1000 });
  expect(history?.slice(-texts.length).map((message) => message.content)).toEqual(texts);
  expect(await store.read.accounts.list()).toHaveLength(content.users.length);
  await store.close();
  const backups = (await readdir(folder)).filter((name) => name.includes(".backup-v0-"));
  expect(backups).toHaveLength(2);
  for (const backup of backups) expect(original.equals(await readFile(join(folder, backup)))).toBe(true);
});

it("includes the WAL of a killed server in the backup", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterite-interrupted-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "aster.db");
  writeUpstreamFile(file, { shape: 5, hasDanglingGroup: true });
  const program = `
    import { DatabaseSync } from "node:sqlite";
    const raw = new DatabaseSync(${JSON.stringify(file)});
    raw.exec("pragma journal_mode = wal; insert into users values (5, 'late', '', '')");
    process.kill(process.pid, "SIGKILL");
  `;
  expect(spawnSync(process.execPath, ["--input-type=module", "--eval", program]).signal).toBe("SIGKILL");
  expect(await readdir(folder)).toContain("aster.db-wal");
  await openSqliteStore(file, initial).close();
  const [backup = ""] = (await readdir(folder)).filter((name) => name.includes(".backup-v5-"));
  const raw = new DatabaseSync(join(folder, backup), { readOnly: true });
  expect(raw.prepare("select name from users where uuid = 5").get()).toEqual({ name: "late" });
  raw.close();
});
