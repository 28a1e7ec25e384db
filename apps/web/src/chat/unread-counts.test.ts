import { expect, it } from "vitest";
import { UnreadCounts } from "./unread-counts.ts";

it("no longer counts deleted messages and their mentions", () => {
  const unread = new UnreadCounts();
  unread.update(1, 2, 10);
  unread.addFound(1, [
    { uuid: 11, isMention: true },
    { uuid: 12, isMention: false },
  ]);
  unread.increment(1, 13, true);
  expect(unread.forChannel(1)).toEqual({ count: 3, mentions: 2, lastRead: 10 });
  for (const uuid of [13, 13, 99]) unread.remove(uuid);
  expect(unread.forChannel(1)).toEqual({ count: 2, mentions: 1, lastRead: 10 });
  unread.remove(11);
  unread.remove(12);
  expect(unread.total).toEqual({ count: 0, mentions: 0 });
});

it("forgets messages that were read, here or on another device", () => {
  const unread = new UnreadCounts();
  unread.increment(1, 11, true);
  unread.markRead(1, 11);
  unread.increment(2, 12, true);
  unread.update(2, 0, 12);
  unread.increment(1, 13, false);
  unread.increment(2, 14, false);
  unread.remove(11);
  unread.remove(12);
  expect(unread.total).toEqual({ count: 2, mentions: 0 });
});
