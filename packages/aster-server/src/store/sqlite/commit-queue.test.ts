import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn, setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { type QueuedUnit, SqliteCommitQueue } from "./commit-queue.ts";

let raw: DatabaseSync;
let queue: SqliteCommitQueue;
let log: string[];

beforeEach(() => {
  raw = new DatabaseSync(":memory:");
  raw.exec("create table notes (text primary key)");
  queue = new SqliteCommitQueue(raw);
  log = [];
});

const stored = () =>
  raw
    .prepare("select text from notes order by text")
    .all()
    .map((row) => row["text"]);

const writing = (text: string, wait: () => Promise<unknown> = async () => {}): QueuedUnit => ({
  run: async () => {
    log.push(`run ${text}`);
    raw.prepare("insert into notes values (?)").run(text);
    await wait();
  },
  onCommit: () => {
    log.push(`committed ${text}${raw.isTransaction ? " too early" : ""}`);
  },
});

it("runs waiting units in one transaction and calls onCommit only after its commit", async () => {
  await Promise.all(["a", "b", "c"].map((text) => queue.enqueue(writing(text, nextTurn))));
  expect(log).toEqual(["run a", "run b", "run c", "committed a", "committed b", "committed c"]);
  expect(stored()).toEqual(["a", "b", "c"]);
});

it("lets requests that arrive in the same turn of the event loop join the group", async () => {
  const first = queue.enqueue(writing("a"));
  // Node.js settles all promises that a socket's callback resolved before it calls the next socket's
  // callback.
  await new Promise((resolve) => process.nextTick(resolve));
  for (let turns = 0; turns < 20; turns++) await undefined;
  await Promise.all([first, queue.enqueue(writing("b"))]);
  expect(log).toEqual(["run a", "run b", "committed a", "committed b"]);
});

it("lets later units join while an earlier one is waiting", async () => {
  let late: Promise<void> | undefined;
  const first = queue.enqueue(
    writing("a", async () => {
      late = queue.enqueue(writing("b"));
      await nextTurn();
    }),
  );
  await first;
  await late;
  expect(log).toEqual(["run a", "run b", "committed a", "committed b"]);
});

it("undoes a unit that throws and keeps the others of its group", async () => {
  const results = await Promise.allSettled([
    queue.enqueue(writing("a")),
    queue.enqueue(writing("b", () => Promise.reject(new Error("no")))),
    queue.enqueue(writing("c")),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(stored()).toEqual(["a", "c"]);
  expect(log).not.toContain("committed b");
});

it("undoes a savepoint that throws and continues with the unit", async () => {
  await queue.enqueue({
    run: async () => {
      raw.exec("insert into notes values ('kept')");
      await queue
        .withSavepoint(async () => {
          raw.exec("insert into notes values ('undone')");
          await nextTurn();
          throw new Error("no");
        })
        .catch(() => {});
      raw.exec("insert into notes values ('after')");
    },
    onCommit: () => {},
  });
  expect(stored()).toEqual(["after", "kept"]);
});

it("rejects all units of a group whose commit fails, keeps none of their writes, and runs the next group", async () => {
  raw.exec("pragma foreign_keys = on");
  raw.exec("create table children (parent text references notes(text) deferrable initially deferred)");
  const failing = queue.enqueue({
    run: async () => raw.exec("insert into children values ('missing')"),
    onCommit: () => log.push("committed failing"),
  });
  const results = await Promise.allSettled([queue.enqueue(writing("a")), failing]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(stored()).toEqual([]);
  expect(log).toEqual(["run a"]);
  await queue.enqueue(writing("b"));
  expect(stored()).toEqual(["b"]);
});

it("rejects all waiting units when a transaction cannot begin", async () => {
  raw.exec("begin");
  const results = await Promise.allSettled([queue.enqueue(writing("a")), queue.enqueue(writing("b"))]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  raw.exec("rollback");
  await queue.enqueue(writing("c"));
  expect(stored()).toEqual(["c"]);
});

it("runs the units of light users first, and those of equal users in the order of arrival", async () => {
  const unit = (text: string, level: number): QueuedUnit => ({ ...writing(text), rate: { level } });
  const order = [unit("heavy", -5), writing("without a rate"), unit("light", 300), unit("as light", 300)];
  await Promise.all(order.map((one) => queue.enqueue(one)));
  expect(log.filter((line) => line.startsWith("run"))).toEqual([
    "run without a rate",
    "run light",
    "run as light",
    "run heavy",
  ]);
});

it("leaves the event loop a turn between slow units", async () => {
  const slow = (text: string): QueuedUnit => ({
    ...writing(text),
    run: () => {
      log.push(`run ${text}`);
      setImmediate(() => log.push("turn"));
      const endsAt = performance.now() + 15;
      while (performance.now() < endsAt);
      return Promise.resolve();
    },
  });
  await Promise.all([queue.enqueue(slow("a")), queue.enqueue(slow("b"))]);
  await nextTurn();
  expect(log).toEqual(["run a", "committed a", "turn", "run b", "committed b", "turn"]);
});

describe("flush", () => {
  const flushing = (flush: () => Promise<void>) => new SqliteCommitQueue(raw, { flush });

  it("announces a commit only after its flush, and runs no other unit until then", async () => {
    const disk = Promise.withResolvers<void>();
    queue = flushing(() => {
      log.push("flush");
      return disk.promise;
    });
    const first = queue.enqueue(writing("a"));
    while (!log.includes("flush")) await nextTurn();
    const second = queue.enqueue(writing("b"));
    for (let turns = 0; turns < 5; turns++) await nextTurn();
    expect(log).toEqual(["run a", "flush"]);
    disk.resolve();
    await Promise.all([first, second]);
    expect(log).toEqual(["run a", "flush", "committed a", "run b", "flush", "committed b"]);
  });

  it("does not happen after a group that changed nothing", async () => {
    queue = flushing(async () => void log.push("flush"));
    await queue.enqueue(writing("a"));
    await queue.enqueue({ run: async () => void stored(), onCommit: () => log.push("read") });
    expect(log).toEqual(["run a", "flush", "committed a", "read"]);
  });

  it("rejects the group and every later unit when it fails", async () => {
    queue = flushing(() => Promise.reject(new Error("the disk is broken")));
    await expect(queue.enqueue(writing("a"))).rejects.toThrow(/flushed to disk.*restart/);
    await expect(queue.enqueue(writing("b"))).rejects.toMatchObject({
      code: "DATABASE_UNUSABLE",
      cause: new Error("the disk is broken"),
    });
    expect(log).toEqual(["run a"]);
    expect(queue.hasFailed).toBe(true);
  });
});

it("is idle only after the last unit", async () => {
  const unit = queue.enqueue(writing("a", nextTurn));
  await queue.whenIdle();
  expect(log).toEqual(["run a", "committed a"]);
  await unit;
});

it("waits for the lock of another connection without blocking, and rejects no unit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "asterite-busy-"));
  const file = join(folder, "notes.db");
  raw = new DatabaseSync(file);
  raw.exec("pragma journal_mode = wal; create table notes (text primary key)");
  queue = new SqliteCommitQueue(raw);
  const other = new DatabaseSync(file);
  other.exec("begin immediate");
  const written = queue.enqueue(writing("a"));
  await setTimeout(40);
  expect(log).toEqual([]);
  other.exec("commit");
  await written;
  expect(stored()).toEqual(["a"]);
  other.close();
  raw.close();
  rmSync(folder, { recursive: true });
});
