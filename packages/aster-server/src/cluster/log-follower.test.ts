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
const hint = (from: number, to: number): CommitNotice => ({ events: range(from, to), packets: [] });

interface World {
  /** What is committed, by anybody. */
  newest: number;
  oldest: number;
  isDown: boolean;
}

function follow({ hearsOthers = true, leaseMs = 60_000 } = {}) {
  const world: World = { newest: 0, oldest: 1, isDown: false };
  const told: string[] = [];
  const fail = (): void => {
    if (world.isDown) throw new Error("the database is down");
  };
  const log = {
    clusterId: "test",
    readHead: async () => {
      fail();
      return await Promise.resolve({ newest: world.newest, timeMs: Date.now() + 5000 });
    },
    setFollower: () => {},
  };
  const events: EventStore = {
    add: () => Promise.reject(new Error("not here")),
    newestSeq: () => Promise.resolve(world.newest),
    readAfter: async (cursor, limit) => {
      fail();
      if (cursor < world.oldest - 1 || cursor > world.newest) return await Promise.resolve(undefined);
      return range(cursor + 1, Math.min(world.newest, cursor + limit));
    },
  };
  const follower = new LogFollower(
    {
      log,
      events,
      tell: async (some, given) => {
        await Promise.resolve();
        fail();
        for (const { seq } of some) told.push(`${given ? "hint" : "log"} ${seq}`);
      },
      startAnew: () => Promise.resolve(void told.push("anew")),
      hearsOthers: () => hearsOthers,
      logger: silentLogger,
      times: { pollIntervalMs: 5, pollIntervalWithoutBusMs: 5, noticeTimeoutMs: 20, leaseMs },
    },
    0,
  );
  followers.push(follower);
  return { follower, world, told };
}

it("tells hints in the order of their numbers, and each event once", async () => {
  const { follower, told } = follow();
  follower.receiveNotice(hint(3, 4));
  follower.receiveNotice(hint(1, 2));
  follower.receiveNotice(hint(1, 2));
  await follower.catchUpTo(4);
  follower.receiveNotice(hint(3, 4));
  expect(told).toEqual(["hint 1", "hint 2", "hint 3", "hint 4"]);
  expect(follower.appliedSeq).toBe(4);
});

it("reads from the log what no hint has brought", async () => {
  const { follower, world, told } = follow();
  world.newest = 5;
  follower.receiveNotice(hint(4, 5));
  await follower.catchUpTo(5);
  expect(told.slice(0, 3)).toEqual(["log 1", "log 2", "log 3"]);
  expect(told).toHaveLength(5);
  world.newest = 2500;
  await expect.poll(() => follower.appliedSeq).toBe(2500);
  expect(told).toHaveLength(2500);
});

it("leaves its own events to those who committed them, and tells what is after", async () => {
  const { follower, world, told } = follow({ hearsOthers: false });
  world.newest = 2;
  await follower.pauseAt(2);
  world.newest = 6;
  follower.receiveNotice(hint(5, 6));
  follower.resume(range(3, 4));
  await follower.catchUpTo(6);
  expect(told).toEqual(["log 1", "log 2", expect.stringMatching(/ 5$/), expect.stringMatching(/ 6$/)]);
});

it("tells its own events from the log when the commit was answered with an error and done", async () => {
  const { follower, world, told } = follow();
  await follower.pauseAt(0);
  world.newest = 2;
  follower.resume([]);
  await expect.poll(() => told).toEqual(["log 1", "log 2"]);
});

it("counts as current only as long as it sees the database, and then tells nothing on hints alone", async () => {
  const { follower, world, told } = follow({ leaseMs: 50 });
  await expect.poll(() => follower.clockOffsetMs).toBeGreaterThan(4000);
  world.isDown = true;
  await expect.poll(() => follower.isCurrent).toBe(false);
  world.newest = 1;
  follower.receiveNotice(hint(1, 1));
  const reached = follower.catchUpTo(1);
  expect(told).toEqual([]);
  world.isDown = false;
  await reached;
  expect(told).toEqual(["log 1"]);
  await expect.poll(() => follower.isCurrent).toBe(true);
});

it("begins anew where events are gone, and where the database is an older one", async () => {
  const { follower, world, told } = follow();
  world.oldest = 50;
  world.newest = 60;
  await expect.poll(() => follower.appliedSeq).toBe(60);
  expect(told).toEqual(["anew"]);
  world.newest = 10;
  world.oldest = 1;
  await expect.poll(() => follower.appliedSeq).toBe(10);
  world.newest = 11;
  await expect.poll(() => told).toEqual(["anew", "anew", "log 11"]);
});

it("lets go of those who wait when it is closed", async () => {
  const { follower } = follow();
  const waiting = follower.catchUpTo(1);
  const outcome = expect(waiting).rejects.toThrow("closing");
  await follower.close();
  await outcome;
});
