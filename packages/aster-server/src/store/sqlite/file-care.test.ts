import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Logger, silentLogger } from "@asterite/util";
import { lockFile } from "@asterite/util/file-lock";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { backUpDatabase } from "./backup.ts";
import { isBusy } from "./busy.ts";
import { openDatabase } from "./database.ts";
import { DeletedTextCleaner } from "./deleted-text-cleaner.ts";
import { withFreshUuid } from "./fresh-uuid.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterite-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a file in WAL mode, which is closed after the test. */
function openFile(name = "aster.db"): DatabaseSync {
  const raw = new DatabaseSync(join(folder, name));
  onTestFinished(() => raw.close());
  raw.exec("pragma journal_mode = wal; create table if not exists texts (id integer primary key, text)");
  return raw;
}

const walSize = (): number => statSync(join(folder, "aster.db-wal")).size;
const errorOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("the cleaner of deleted text", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("empties the log a minute after the first request, and not again without another", () => {
    const raw = openFile();
    const cleaner = new DeletedTextCleaner(raw, silentLogger);
    cleaner.request();
    vi.advanceTimersByTime(30_000);
    cleaner.request();
    vi.advanceTimersByTime(29_999);
    cleaner.cleanIfDue();
    expect(walSize()).toBeGreaterThan(0);
    vi.advanceTimersByTime(1);
    expect(walSize()).toBe(0);
    raw.exec("insert into texts (text) values ('new')");
    cleaner.cleanIfDue();
    vi.advanceTimersByTime(120_000);
    expect(walSize()).toBeGreaterThan(0);
    cleaner.request();
    vi.advanceTimersByTime(60_000);
    expect(walSize()).toBe(0);
  });

  it("waits for the end of a transaction", () => {
    const raw = openFile();
    const cleaner = new DeletedTextCleaner(raw, silentLogger);
    raw.exec("begin immediate; insert into texts (text) values ('a')");
    cleaner.request();
    vi.advanceTimersByTime(60_000);
    raw.exec("commit");
    expect(walSize()).toBeGreaterThan(0);
    cleaner.cleanIfDue();
    expect(walSize()).toBe(0);
  });

  it("tries again every five seconds while a query reads the log", () => {
    const [raw, reader] = [openFile(), openFile()];
    raw.exec("insert into texts (text) values ('a')");
    const cleaner = new DeletedTextCleaner(raw, silentLogger);
    reader.exec("begin; select * from texts");
    raw.exec("insert into texts (text) values ('b')");
    cleaner.request();
    vi.advanceTimersByTime(65_000);
    expect(walSize()).toBeGreaterThan(0);
    reader.exec("rollback");
    vi.advanceTimersByTime(4_999);
    expect(walSize()).toBeGreaterThan(0);
    vi.advanceTimersByTime(1);
    expect(walSize()).toBe(0);
  });

  it("logs why the log cannot be emptied, and tries again a minute later", () => {
    const warnings: unknown[] = [];
    const warn = (fields: unknown, text: unknown) => void warnings.push([fields, text]);
    openFile().exec("insert into texts (text) values ('a')");
    // Opened for reading only, as after a file system became read-only.
    const raw = new DatabaseSync(join(folder, "aster.db"), { readOnly: true });
    onTestFinished(() => raw.close());
    const cleaner = new DeletedTextCleaner(raw, { ...silentLogger, warn } as Logger);
    cleaner.request();
    vi.advanceTimersByTime(60_000);
    expect(warnings).toEqual([[{ err: expect.any(Error) }, "write-ahead log not emptied"]]);
    vi.advanceTimersByTime(59_999);
    expect(warnings).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(warnings).toHaveLength(2);
    cleaner.close();
    vi.advanceTimersByTime(600_000);
    expect(warnings).toHaveLength(2);
  });
});

describe("a backup", () => {
  it("appears complete under its name, readable by the owner only, in place of an unfinished one", async () => {
    const raw = openFile();
    raw.exec("insert into texts (text) values ('a')");
    const file = join(folder, "copy.db");
    writeFileSync(`${file}.unfinished`, "left by a killed process");
    await backUpDatabase(raw, file);
    const copy = new DatabaseSync(file);
    onTestFinished(() => copy.close());
    expect(copy.prepare("select text from texts").all()).toEqual([{ text: "a" }]);
    expect([statSync(file).mode & 0o777, existsSync(`${file}.unfinished`)]).toEqual([0o600, false]);
  });

  it("overwrites no file, and leaves nothing behind when it fails", async () => {
    const raw = openFile();
    const file = join(folder, "copy.db");
    writeFileSync(file, "mine");
    await expect(backUpDatabase(raw, file)).rejects.toThrow("already exists");
    expect(statSync(file).size).toBe(4);
    const failing = join(folder, "failing.db");
    const closed = new DatabaseSync(":memory:");
    closed.close();
    await expect(backUpDatabase(closed, failing)).rejects.toThrow();
    expect([existsSync(failing), existsSync(`${failing}.unfinished`)]).toEqual([false, false]);
  });
});

it("holds a lock against other processes until it is closed", () => {
  const file = join(folder, "aster.db");
  const lock = lockFile(file);
  const refused = errorOf(() => lockFile(file));
  expect([isBusy(refused), statSync(`${file}.lock`).mode & 0o777]).toEqual([true, 0o600]);
  lock.close();
  lockFile(file).close();
});

it("knows a lock of another connection by all codes of SQLite for it", () => {
  const failure = (errcode: unknown) => Object.assign(new Error("failed"), { errcode });
  // SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_BUSY_SNAPSHOT
  expect([5, 261, 517].map((code) => isBusy(failure(code)))).toEqual([true, true, true]);
  // SQLITE_LOCKED, SQLITE_FULL, SQLITE_CONSTRAINT_PRIMARYKEY
  expect([6, 13, 1555].map((code) => isBusy(failure(code)))).toEqual([false, false, false]);
  expect([new Error("failed"), failure("5"), { errcode: 5 }, null].map(isBusy)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

describe("a row under a fresh uuid", () => {
  it("is tried under up to four, because another row may have one", async () => {
    const raw = openFile();
    raw.exec("insert into texts (id) values (1)");
    const tried: number[] = [];
    const insert = (takenTimes: number) => (uuid: number) => {
      const id = tried.push(uuid) <= takenTimes ? 1 : uuid;
      raw.prepare("insert into texts (id) values (?)").run(id);
    };
    expect(await withFreshUuid(insert(3))).toBe(tried[3]);
    expect(new Set(tried).size).toBe(4);
    tried.length = 0;
    await expect(withFreshUuid(insert(4))).rejects.toThrow("UNIQUE");
    expect(tried).toHaveLength(4);
  });

  it("is the first choice, or a random one if that is taken", async () => {
    const raw = openFile();
    const insert = (id: number) => raw.prepare("insert into texts (id) values (?)").run(id);
    expect(await withFreshUuid(insert, 7)).toBe(7);
    const other = await withFreshUuid(insert, 7);
    expect(raw.prepare("select id from texts order by id").all()).toEqual([{ id: 7 }, { id: other }]);
  });

  it("is not tried again after another error", async () => {
    let tries = 0;
    const failing = () => {
      tries++;
      throw new Error("disk full");
    };
    await expect(withFreshUuid(failing)).rejects.toThrow("disk full");
    expect(tries).toBe(1);
  });
});

it("names a folder that is read-only, where SQLite reports a failed operation", () => {
  const file = join(folder, "aster.db");
  const { raw, lock } = openDatabase(file, { name: "test", icon: Uint8Array.of() }, silentLogger);
  raw.close();
  lock?.close();
  chmodSync(folder, 0o500);
  const program = `
    import { openDatabase } from ${JSON.stringify(new URL("./database.ts", import.meta.url).href)};
    import { silentLogger } from "@asterite/util";
    openDatabase(${JSON.stringify(file)}, { name: "test", icon: Uint8Array.of() }, silentLogger);`;
  const node = ["--conditions=@asterite/source", "--input-type=module", "--eval", program];
  // The operating system lets root write everywhere, unless it gives that right up.
  const [command, args] =
    process.getuid?.() === 0
      ? ["setpriv", ["--bounding-set=-dac_override,-dac_read_search", process.execPath, ...node]]
      : [process.execPath, node];
  const { stderr } = spawnSync(command, args, { encoding: "utf8", cwd: import.meta.dirname });
  chmodSync(folder, 0o700);
  expect(stderr).toContain(`The database ${file} cannot be opened: ${folder} is read-only for this user.`);
});
