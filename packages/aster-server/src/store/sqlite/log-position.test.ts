import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "@asterite/util";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { initial } from "../back-ends.test-support.ts";
import type { Store } from "../store.ts";
import { openDatabase } from "./database.ts";
import { startEpoch } from "./events.ts";
import { LogPosition } from "./log-position.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterite-position-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (name: string): string => join(folder, name);

/** Opens a database whose event log can be extended, closed after the test. */
function openLog(name = "aster.db", logger: Logger = silentLogger) {
  const { raw, lock } = openDatabase(fileOf(name), initial, silentLogger);
  onTestFinished(() => {
    raw.close();
    lock?.close();
  });
  const addEvent = () =>
    raw.exec("insert into asterite_events (kind, channel_uuid, subject, date) values ('content', 1, 1, 1)");
  return { raw, addEvent, position: new LogPosition(fileOf("aster.db"), raw, logger) };
}

describe("the position of the log", () => {
  it("shows a database that is behind it, and no other", () => {
    const { addEvent, position } = openLog();
    expect(position.isDatabaseReplaced()).toBe(false);
    position.write();
    addEvent();
    // Ahead of the file, as after a power failure.
    expect(position.isDatabaseReplaced()).toBe(false);
    position.write();
    position.close();
    const older = openLog("older.db");
    expect(older.position.isDatabaseReplaced()).toBe(true);
    expect(position.isDatabaseReplaced()).toBe(false);
  });

  it("shows a database of another epoch with as many events", () => {
    const { raw, addEvent, position } = openLog();
    addEvent();
    position.write();
    startEpoch(raw);
    expect(position.isDatabaseReplaced()).toBe(true);
    position.write();
    expect(position.isDatabaseReplaced()).toBe(false);
    position.close();
  });

  it("is written soon after commits, and at the latest when it is closed", async () => {
    const { addEvent, position } = openLog();
    const read = () => readFileSync(fileOf("aster.db.position"), "utf8");
    position.write();
    addEvent();
    position.writeSoon();
    addEvent();
    position.writeSoon();
    expect(read()).toContain('"0000000000000000"');
    await expect.poll(read).toContain('"0000000000000002"');
    addEvent();
    position.writeSoon();
    position.close();
    expect(read()).toContain('"0000000000000003"');
  });

  it("is a file of constant length that only the owner can read", () => {
    const { addEvent, position } = openLog();
    position.write();
    const file = fileOf("aster.db.position");
    const { size, mode } = statSync(file);
    for (let count = 0; count < 12; count++) addEvent();
    position.write();
    position.close();
    expect([statSync(file).size, mode & 0o777]).toEqual([size, 0o600]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      epoch: expect.stringMatching(/^[0-9a-f-]{36}$/),
      newestSeq: "0000000000000012",
    });
  });

  it.each(["", "{", "null", "[]", '"text"', "{}", '{"epoch":5,"newestSeq":"1"}'])(
    "means nothing when the file is torn: %j",
    (text) => {
      const { position } = openLog();
      writeFileSync(fileOf("aster.db.position"), text);
      expect(position.isDatabaseReplaced()).toBe(false);
    },
  );

  it("is logged when it cannot be written, each time, and the server goes on", () => {
    const warnings: unknown[] = [];
    const warn = (fields: unknown, text: unknown) => void warnings.push([fields, text]);
    const { position } = openLog("aster.db", { ...silentLogger, warn } as Logger);
    const file = fileOf("aster.db.position");
    mkdirSync(file);
    position.write();
    position.write();
    expect(warnings).toEqual(
      Array.from({ length: 2 }, () => [{ err: expect.any(Error), file }, "log position not written"]),
    );
    position.close();
  });
});

describe("a store", () => {
  const addEvents = async (store: Store, count: number) => {
    const run = async (tx: Parameters<Parameters<Store["transact"]>[0]["run"]>[0]) => {
      for (let added = 0; added < count; added++) await tx.events.add("content", 1, 1, 1);
    };
    await store.transact({ run, onCommit: () => {} });
  };

  it("starts an epoch when its file was replaced with an older copy, and only then", async () => {
    const file = fileOf("aster.db");
    const first = openSqliteStore(file, initial);
    await addEvents(first, 2);
    const { id } = await first.read.events.readEpoch();
    await first.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    copyFileSync(file, fileOf("copy.db"));
    const second = openSqliteStore(file, initial);
    expect((await second.read.events.readEpoch()).id).toBe(id);
    await addEvents(second, 1);
    await second.close();
    copyFileSync(fileOf("copy.db"), file);
    const third = openSqliteStore(file, initial);
    const restored = await third.read.events.readEpoch();
    expect(restored.id).not.toBe(id);
    expect(restored.forks).toEqual([{ epoch: id, cursor: 2 }]);
    await third.close();
    const fourth = openSqliteStore(file, initial);
    expect((await fourth.read.events.readEpoch()).id).toBe(restored.id);
    await fourth.close();
  });
});
