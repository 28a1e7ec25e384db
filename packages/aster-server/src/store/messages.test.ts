import type { Message } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { describeStores } from "./stores.test-support.ts";

const day = 86_400;

describeStores("messages", (db) => {
  const { write, sendMessages } = db;

  it("returns the newest messages whose texts fit together, and at least one", async () => {
    const { channel, messages } = await sendMessages(["a", "bb", "é€", "ddd"]);
    const page = async (maxBytes: number, before?: number) =>
      (await db.store.read.messages.readPage({ channel, limit: 10, before, maxBytes }))?.map(
        ({ content }) => content,
      );
    expect(await page(100)).toEqual(["a", "bb", "é€", "ddd"]);
    expect(await page(10)).toEqual(["bb", "é€", "ddd"]);
    expect(await page(8)).toEqual(["é€", "ddd"]);
    expect(await page(1)).toEqual(["ddd"]);
    expect(await page(3, messages[2]?.uuid)).toEqual(["a", "bb"]);
    expect(await page(3, messages[0]?.uuid)).toEqual([]);
    const whole = await db.store.read.messages.readPage({ channel, limit: 2, maxBytes: 100 });
    expect(whole).toEqual(messages.slice(2));
  });

  it("never moves a read marker back", async () => {
    const { channel, messages, author } = await sendMessages(["1", "2", "3", "4"]);
    const mark = (index: number) =>
      write(async (tx) => {
        const message = messages[index];
        return message ? await tx.readMarkers.set(author, message) : undefined;
      });
    const marker = () => db.store.read.readMarkers.get(author, channel);
    expect(await mark(2)).toBe(true);
    expect(await mark(1)).toBe(false);
    expect(await mark(2)).toBe(false);
    expect(await marker()).toMatchObject({ message: messages[2]?.uuid, unread: 1 });
    expect(await mark(3)).toBe(true);
    expect(await marker()).toMatchObject({ message: messages[3]?.uuid, unread: 0 });
  });

  it("counts new messages after the marked message was deleted", async () => {
    const { channel, messages, author } = await sendMessages(["1", "2", "3"]);
    const [first, second, third] = messages;
    if (!first || !second || !third) throw new Error("not sent");
    const add = (content: string) =>
      write((tx) =>
        tx.messages.add({ content, author_uuid: author, channel_uuid: channel, date: 5, reply: null }),
      );
    const unread = async () => (await db.store.read.readMarkers.get(author, channel))?.unread;
    await write((tx) => tx.readMarkers.set(author, third));
    await write((tx) => tx.messages.remove(second));
    await write((tx) => tx.messages.remove(third));
    expect(await unread()).toBe(0);
    await add("4");
    expect(await unread()).toBe(1);
    const last = await add("5");
    expect(await unread()).toBe(2);
    await write((tx) => tx.readMarkers.set(author, last));
    expect(await unread()).toBe(0);
    await write((tx) => tx.messages.remove(first));
    expect(await unread()).toBe(0);
  });

  it("pages messages in insertion order, oldest first, before an exclusive bound", async () => {
    const { channel, messages } = await sendMessages(["1", "2", "3", "4", "5"]);
    const page = async (limit: number, before?: number) =>
      (await db.store.read.messages.readPage({ channel, limit, before }))?.map(({ content }) => content);
    expect(await page(3)).toEqual(["3", "4", "5"]);
    expect(await page(10)).toEqual(["1", "2", "3", "4", "5"]);
    expect(await page(0)).toEqual([]);
    expect(await page(2, messages[2]?.uuid)).toEqual(["1", "2"]);
    expect(await page(5, messages[0]?.uuid)).toEqual([]);
    expect(await page(5, 12345)).toBeUndefined();
    expect(await db.store.read.messages.readPage({ channel: channel + 1, limit: 5 })).toEqual([]);
  });

  it("finds, edits and removes messages, even within the transaction that added them", async () => {
    const { messages, author, channel } = await sendMessages(["one", "two"]);
    const [one, two] = messages as [Message, Message];
    const third = await write(async (tx) => {
      const fields = {
        content: "three",
        author_uuid: author,
        channel_uuid: channel,
        date: 6,
        reply: one.uuid,
      };
      const added = await tx.messages.add(fields);
      expect(await tx.messages.get(added.uuid)).toEqual({ ...fields, uuid: added.uuid, edited: false });
      await tx.messages.edit(one, "uno");
      await tx.messages.remove(two);
      await tx.messages.edit(added, "tre");
      return added;
    });
    const found = await db.store.read.messages.getMany([one.uuid, two.uuid, third.uuid, third.uuid, 99]);
    expect([...found.keys()].sort()).toEqual([one.uuid, third.uuid].sort());
    expect(found.get(one.uuid)).toEqual({ ...one, content: "uno", edited: true });
    expect(found.get(third.uuid)).toEqual({ ...third, content: "tre", edited: true });
    expect(await db.store.read.messages.getMany([])).toEqual(new Map());
  });

  it("finds a message by its nonce for 24 hours", async () => {
    const { messages, author } = await sendMessages(["one"]);
    const [message] = messages as [Message];
    await write(async (tx) => {
      await tx.messages.rememberNonce(author, "n", message.uuid, 1000);
      expect(await tx.messages.findByNonce(author, "n", 1000)).toBe(message.uuid);
    });
    const find = (user: number, nonce: string, date: number) =>
      write((tx) => tx.messages.findByNonce(user, nonce, date));
    expect(await find(author, "n", 999 + day)).toBe(message.uuid);
    expect(await find(author, "n", 1000 + day)).toBeUndefined();
    expect(await find(author, "other", 1000)).toBeUndefined();
    expect(await find(author + 1, "n", 1000)).toBeUndefined();
    await write((tx) => tx.messages.rememberNonce(author, "n", 7, 1000 + day));
    expect(await find(author, "n", 1000 + day)).toBe(7);
  });

  it("counts unread messages exactly, even after deletions", async () => {
    const { messages, author, channel } = await sendMessages(["1", "2", "3", "4"]);
    const [, second, third] = messages as [Message, Message, Message, Message];
    expect(await db.store.longQueries.readMarker(author, channel)).toBeUndefined();
    await write(async (tx) => {
      await tx.readMarkers.set(author, second);
      expect(await tx.readMarkers.get(author, channel)).toEqual({
        channel,
        date: 5,
        message: second.uuid,
        unread: 2,
      });
    });
    expect((await db.store.longQueries.readMarker(author, channel))?.unread).toBe(2);
    await write((tx) => tx.messages.remove(third));
    expect(await db.store.longQueries.readMarkers(author)).toEqual([
      { channel, date: 5, message: second.uuid, unread: 1 },
    ]);
    await write((tx) => tx.readMarkers.set(author, messages[3] as Message));
    expect((await db.store.longQueries.readMarker(author, channel))?.unread).toBe(0);
  });

  it("finds words inside sentences of scripts without spaces", async () => {
    const texts = [
      "人人享有权利与自由。",
      "すべての人は権利を持つ",
      "모든 사람은 자유롭다",
      "权和利",
      "カタカナのテスト",
    ];
    const { channel, messages } = await sendMessages(texts);
    const search = async (words: string) =>
      (await db.store.longQueries.search({ words, channels: [channel], limit: 10 }))?.map(
        ({ uuid, snippet }) => [messages.findIndex((message) => message.uuid === uuid), snippet],
      );
    expect(await search("权利")).toEqual([[0, "人人享有**权利**与自由。"]]);
    expect(await search("自由")).toEqual([[0, "人人享有权利与**自由**。"]]);
    expect(await search("権利")).toEqual([[1, "すべての人は**権利**を持つ"]]);
    expect(await search("人")).toEqual([
      [1, "すべての**人**は権利を持つ"],
      [0, "**人人**享有权利与自由。"],
    ]);
    expect(await search("자유")).toEqual([[2, "모든 사람은 **자유**롭다"]]);
    expect(await search("テスト カナ")).toEqual([[4, "カタ**カナ**の**テスト**"]]);
    expect(await search("利权")).toEqual([]);
    const [first] = messages;
    if (!first) throw new Error("not sent");
    await write((tx) => tx.messages.edit(first, "没有"));
    expect(await search("自由")).toEqual([]);
    expect(await search("没有")).toEqual([[0, "**没有**"]]);
  });

  it("searches ignoring case and accents, newest first", async () => {
    const { messages, channel, author } = await sendMessages([
      "The quick brown fox",
      "Ein Café in Köln, ganz früh",
      "foxes are quick",
      "don't say it's 100% \\ 'quoted'",
    ]);
    const search = async (words: string, more: object = {}) =>
      (await db.store.longQueries.search({ words, channels: [channel], limit: 10, ...more }))?.map(
        ({ uuid }) => messages.findIndex((message) => message.uuid === uuid),
      );
    expect(await search("QUICK fox")).toEqual([2, 0]);
    expect(await search("quick brow")).toEqual([0]);
    expect(await search("cafe koln")).toEqual([1]);
    expect(await search("café KÖ")).toEqual([1]);
    expect(await search("ick")).toEqual([]);
    expect(await search("'quoted' \\ OR \"x\"")).toEqual([]);
    expect(await search("quoted")).toEqual([3]);
    expect(await search("fox", { limit: 1 })).toEqual([2]);
    expect(await search("fox", { before: messages[2]?.uuid })).toEqual([0]);
    expect(await search("fox", { before: 12345 })).toBeUndefined();
    expect(await search("fox", { author: author + 1 })).toEqual([]);
    expect(await search("fox", { author })).toEqual([2, 0]);
    expect(await search("fox", { channels: [channel + 1] })).toEqual([]);
    expect(await search("\0")).toEqual([]);
    await write(async (tx) => {
      await tx.messages.edit(messages[0] as Message, "a hound");
      await tx.messages.remove(messages[2] as Message);
    });
    expect(await search("fox")).toEqual([]);
    expect(await search("hound")).toEqual([0]);
    const found = await db.store.longQueries.search({ words: "hound", channels: [channel], limit: 1 });
    expect(found?.[0]).toEqual({
      ...messages[0],
      content: "a hound",
      edited: true,
      snippet: "a **hound**",
    });
  });

  it("searches the messages of a span of time, whose end is excluded", async () => {
    const { channel, author } = await sendMessages([]);
    for (const date of [10, 20, 30]) {
      const fields = { author_uuid: author, channel_uuid: channel, date, reply: null };
      await write((tx) => tx.messages.add({ ...fields, content: "fox" }));
    }
    const search = async (span: object) =>
      (await db.store.longQueries.search({ words: "fox", channels: [channel], limit: 10, ...span }))?.map(
        ({ date }) => date,
      );
    expect(await search({ since: 20 })).toEqual([30, 20]);
    expect(await search({ until: 20 })).toEqual([10]);
    expect(await search({ since: 11, until: 30 })).toEqual([20]);
    expect(await search({ since: 31 })).toEqual([]);
  });

  it("finds the newest messages of an author, a channel or a span of time without a word", async () => {
    const { channel, author } = await sendMessages([]);
    const other = await write((tx) => tx.channels.add({ name: "other", position: 1 }));
    const bob = await db.addUser("bob");
    const add = (content: string, author_uuid: number, channel_uuid: number, date: number) =>
      write((tx) => tx.messages.add({ content, author_uuid, channel_uuid, date, reply: null }));
    await add("a 10", author, channel, 10);
    const shared = await add("a 20", author, channel, 20);
    await add("b 20", bob, channel, 20);
    await add("b 30", bob, other, 30);
    // A clock that was set back: the order of insertion decides.
    await add("a 15", author, other, 15);
    const search = async (filter: object, limit = 10) =>
      (await db.store.longQueries.search({ words: "", channels: [channel, other], limit, ...filter }))?.map(
        ({ snippet }) => snippet,
      );
    expect(await search({})).toEqual(["a 15", "b 30", "b 20", "a 20", "a 10"]);
    expect(await search({}, 2)).toEqual(["a 15", "b 30"]);
    expect(await search({ author })).toEqual(["a 15", "a 20", "a 10"]);
    expect(await search({ author, channels: [other] })).toEqual(["a 15"]);
    expect(await search({ channels: [channel] })).toEqual(["b 20", "a 20", "a 10"]);
    expect(await search({ since: 15, until: 30 })).toEqual(["a 15", "b 20", "a 20"]);
    expect(await search({ before: shared.uuid })).toEqual(["a 10"]);
    expect(await search({ before: shared.uuid, author, until: 15 })).toEqual(["a 10"]);
    expect(await search({ before: 12345 })).toBeUndefined();
    expect(await search({ channels: [] })).toEqual([]);
    expect(await search({ author: bob + author })).toEqual([]);
  });

  it("stops a search when its signal is aborted, and runs the next one", async () => {
    const { messages, channel } = await sendMessages(["A quick fox"]);
    const query = { words: "fox", channels: [channel], limit: 10 };
    const controller = new AbortController();
    const stopped = db.store.longQueries.search(query, controller.signal);
    const other = db.store.longQueries.search(query);
    controller.abort();
    await expect(stopped).rejects.toThrow();
    await expect(db.store.longQueries.search(query, controller.signal)).rejects.toThrow();
    for (const found of [await other, await db.store.longQueries.search(query)]) {
      expect(found).toMatchObject([{ uuid: messages[0]?.uuid, snippet: "A quick **fox**" }]);
    }
  });

  it("stores any text that a packet can contain", async () => {
    const odd = "a\0b \ud800 \u{1f600} \u202e'\"\\";
    const { messages, channel } = await sendMessages([odd], odd);
    const stored = await db.store.read.messages.get(messages[0]?.uuid ?? 0);
    expect(stored?.content).toHaveLength(odd.length);
    expect(stored?.content.slice(-8)).toBe(odd.slice(-8));
    expect(await db.store.read.accounts.findCredentialsByName(odd)).toBeDefined();
    expect(await db.store.longQueries.search({ words: odd, channels: [channel], limit: 1 })).toBeDefined();
  });
});
