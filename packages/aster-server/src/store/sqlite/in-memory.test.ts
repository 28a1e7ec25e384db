import type { Message } from "@asterite/aster-protocol";
import { expect, it, onTestFinished } from "vitest";
import { initial } from "../back-ends.test-support.ts";
import type { StoreAccess } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

// A store in memory runs the long queries in its own thread.
it("searches and counts unread messages in memory, without threads", async () => {
  const store = openSqliteStore(":memory:", initial);
  onTestFinished(() => store.close());
  const messages: Message[] = [];
  const channel = (await store.read.readAccessRules()).channels[0]?.uuid ?? 0;
  const write = (run: (tx: StoreAccess) => Promise<void>) => store.transact({ run, onCommit: () => {} });
  await write(async (tx) => {
    for (const [date, content] of ["a quick fox", "no animal", "foxes are quick", 'say "fox" OR'].entries()) {
      const fields = { content, author_uuid: 7 + (date % 2), channel_uuid: channel, date, reply: null };
      messages.push(await tx.messages.add(fields));
    }
  });
  const search = async (words: string, more: object = {}) =>
    (await store.longQueries.search({ words, channels: [channel], limit: 10, ...more }))?.map(({ uuid }) =>
      messages.findIndex((message) => message.uuid === uuid),
    );
  await expect.poll(() => search("fox")).toEqual([3, 2, 0]);
  expect(await search("QUICK fox")).toEqual([2, 0]);
  expect(await search("quick\0fox")).toEqual([2, 0]);
  expect(await search("s0 fox")).toEqual([]);
  expect(await search('"fox" OR')).toEqual([3]);
  expect([await search("\0"), await search("ick")]).toEqual([[], []]);
  expect(await search("fox", { limit: 1 })).toEqual([3]);
  expect(await search("fox", { author: 8 })).toEqual([3]);
  expect(await search("fox", { before: messages[3]?.uuid })).toEqual([2, 0]);
  expect(await search("fox", { before: 12_345 })).toBeUndefined();
  expect(await search("fox", { channels: [channel + 1] })).toEqual([]);

  const [, second] = messages;
  if (!second) throw new Error("no message");
  await write(async (tx) => void (await tx.readMarkers.set(7, second)));
  const marker = { channel, date: 1, message: second.uuid, unread: 2 };
  expect(await store.longQueries.readMarkers(7)).toEqual([marker]);
  expect(await store.longQueries.readMarker(7, channel)).toEqual(marker);
  expect(await store.longQueries.readMarker(7, channel + 1)).toBeUndefined();
  expect(await store.longQueries.readMarkers(8)).toEqual([]);
});
