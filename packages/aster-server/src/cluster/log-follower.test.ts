import { silentLogger } from "@asterite/util";
import { afterEach, expect, it } from "vitest";
import type { EventStore, StoredEvent } from "../store/store.ts";
import type { CommitNotice } from "./commit-notice.ts";
import { LogFollower } from "./log-follower.ts";

const followers: LogFollower[] = [];
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
});

const event = (seq: number): StoredEvent => ({ seq, type: "content", channel: 1, subject: seq });
const range = (from: number, to: number): StoredEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const notice = (from: number, to: number): CommitNotice => ({ events: range(from, to), packets: [] });

interface Database {
  /** Newest committed event, of any process. */
  newest: number;
  oldest: number;
  epoch: string;
  isDown: boolean;
}

function follow({ isBusConnected = true, leaseMs = 60_000 } = {}) {
  const database: Database = { newest: 0, oldest: 1, epoch: "a", isDown: false };
  const published: string[] = [];
  const fail = (): void => {
    if (database.isDown) throw new Error("the database is down");
  };
  const log = {
    readHead: async () => {
      fail();
      return await Promise.resolve({
        newestSeq: database.newest,
        epoch: database.epoch,
        busKey: 1,
        timeMs: Date.now() + 5000,
      });
    },
  };
  const events: EventStore = {
    add: () => Promise.reject(new Error("not here")),
    newestSeq: () => Promise.resolve(database.newest),
    readEpoch: () => Promise.resolve({ id: database.epoch, forks: [] }),
    startEpoch: () => Promise.reject(new Error("not here")),
    readAfter: async (cursor, limit) => {
      fail();
      if (cursor < database.oldest - 1 || cursor > database.newest) return await Promise.resolve(undefined);
      return range(cursor + 1, Math.min(database.newest, cursor + limit));
    },
  };
  const follower = new LogFollower(
    {
      log,
      events,
      publisher: {
        publish: async (some, given) => {
          await Promise.resolve();
          fail();
          for (const { seq } of some) published.push(`${given ? "notice" : "log"} ${seq}`);
        },
        reload: () => Promise.resolve(void published.push("reload")),
      },
      hub: { broadcastCommit: () => {} },
      bus: { isConnected: isBusConnected },
      logger: silentLogger,
      times: { pollIntervalMs: 5, pollIntervalWithoutBusMs: 5, noticeTimeoutMs: 20, leaseMs },
    },
    { newestSeq: 0, epoch: "a" },
  );
  followers.push(follower);
  return { follower, database, published };
}

it("publishes notices in sequence, and each event once", async () => {
  const { follower, published } = follow();
  follower.receiveNotice(notice(3, 4));
  follower.receiveNotice(notice(1, 2));
  follower.receiveNotice(notice(1, 2));
  await follower.catchUpTo(4);
  follower.receiveNotice(notice(3, 4));
  expect(published).toEqual(["notice 1", "notice 2", "notice 3", "notice 4"]);
  expect(follower.appliedSeq).toBe(4);
});

it("reads events without a notice from the log", async () => {
  const { follower, database, published } = follow();
  database.newest = 5;
  follower.receiveNotice(notice(4, 5));
  await follower.catchUpTo(5);
  expect(published.slice(0, 3)).toEqual(["log 1", "log 2", "log 3"]);
  expect(published).toHaveLength(5);
  database.newest = 2500;
  await expect.poll(() => follower.appliedSeq).toBe(2500);
  expect(published).toHaveLength(2500);
});

it("does not publish its own events, and continues with those after them", async () => {
  const { follower, database, published } = follow({ isBusConnected: false });
  database.newest = 2;
  await follower.pauseAt(2, "a");
  database.newest = 6;
  follower.receiveNotice(notice(5, 6));
  follower.resume(range(3, 4));
  await follower.catchUpTo(6);
  expect(published).toEqual(["log 1", "log 2", expect.stringMatching(/ 5$/), expect.stringMatching(/ 6$/)]);
});

it("publishes its own events from the log when the commit succeeded but reported an error", async () => {
  const { follower, database, published } = follow();
  await follower.pauseAt(0, "a");
  database.newest = 2;
  follower.resume([]);
  await expect.poll(() => published).toEqual(["log 1", "log 2"]);
});

it("is current only while it reaches the database, and publishes nothing from notices alone otherwise", async () => {
  const { follower, database, published } = follow({ leaseMs: 50 });
  await expect.poll(() => follower.clockOffsetMs).toBeGreaterThan(4000);
  database.isDown = true;
  await expect.poll(() => follower.isCurrent).toBe(false);
  database.newest = 1;
  follower.receiveNotice(notice(1, 1));
  const reached = follower.catchUpTo(1);
  expect(published).toEqual([]);
  database.isDown = false;
  await reached;
  expect(published).toEqual(["log 1"]);
  await expect.poll(() => follower.isCurrent).toBe(true);
});

it("reloads when events are missing from the log or the database is older", async () => {
  const { follower, database, published } = follow();
  database.oldest = 50;
  database.newest = 60;
  await expect.poll(() => follower.appliedSeq).toBe(60);
  expect(published).toEqual(["reload"]);
  database.newest = 10;
  database.oldest = 1;
  await expect.poll(() => follower.appliedSeq).toBe(10);
  database.newest = 11;
  await expect.poll(() => published).toEqual(["reload", "reload", "log 11"]);
});

it("reloads when the database starts a new epoch, even if no number shows it", async () => {
  const { follower, database, published } = follow();
  database.newest = 5;
  await follower.catchUpTo(5);
  published.length = 0;
  database.epoch = "b";
  await expect.poll(() => published).toEqual(["reload"]);
  await follower.pauseAt(5, "c");
  follower.resume([]);
  expect(published.slice(0, 2)).toEqual(["reload", "reload"]);
});

it("rejects waiting callers when it is closed", async () => {
  const { follower } = follow();
  const waiting = follower.catchUpTo(1);
  const outcome = expect(waiting).rejects.toThrow("closing");
  await follower.close();
  await outcome;
});
