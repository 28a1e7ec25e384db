import { expect, it } from "vitest";
import type { Entry } from "./entry.ts";
import { MessageLog } from "./message-log.ts";

const entry = (uuid: number, content = `m${uuid}`): Entry => ({
  uuid,
  author: 1,
  content,
  at: uuid * 1000,
  isEdited: false,
  replyTo: undefined,
});

/** Fakes a channel with messages 1 to `count`, whose pages can be held back. */
function channel(count: number) {
  const messages = Array.from({ length: count }, (_, index) => entry(index + 1));
  const gates: (() => void)[] = [];
  let isHeld = false;
  const fetch = async (before: number | undefined, size: number) => {
    const end = before === undefined ? messages.length : messages.findIndex(({ uuid }) => uuid === before);
    const page = messages.slice(Math.max(0, end - size), end);
    if (isHeld) await new Promise<void>((resolve) => gates.push(resolve));
    return page;
  };
  const release = () => {
    isHeld = false;
    for (const open of gates.splice(0)) open();
  };
  return {
    messages,
    fetch,
    hold: () => {
      isHeld = true;
    },
    release,
  };
}

const uuids = (log: MessageLog) => log.entries.map(({ uuid }) => uuid);
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

it("joins pages without gaps or duplicates back to the first message", async () => {
  const log = new MessageLog(channel(250).fetch);
  await log.loadNewest();
  expect(uuids(log)).toEqual(numbers(151, 250));
  expect(log.append(entry(251))).toBe(true);
  expect(log.append(entry(251))).toBe(false);
  await Promise.all([log.loadOlder(), log.loadOlder()]);
  expect(log.hasStart).toBe(false);
  await log.loadOlder();
  expect(uuids(log)).toEqual(numbers(1, 251));
  expect(log.hasStart).toBe(true);
});

it("knows a page that the server shortened for its long texts from the beginning of the channel", async () => {
  const { messages, fetch } = channel(60);
  messages.splice(0, 60, ...numbers(1, 60).map((uuid) => entry(uuid, "長".repeat(10_000))));
  const log = new MessageLog(async (before, size) => (await fetch(before, size)).slice(-17));
  await log.loadNewest();
  expect(log.hasStart).toBe(false);
  while (!log.hasStart) await log.loadOlder();
  expect(uuids(log)).toEqual(numbers(1, 60));
});

it("keeps changes that arrive while a page is being fetched", async () => {
  const { fetch, hold, release } = channel(5);
  const log = new MessageLog(fetch);
  hold();
  const loaded = log.loadNewest();
  log.edit(4, "new words");
  log.remove(2);
  log.append(entry(6));
  release();
  await loaded;
  expect(uuids(log)).toEqual([1, 3, 4, 5, 6]);
  expect(log.get(4)).toMatchObject({ content: "new words", isEdited: true });
});

it("merges the newest page after a disconnect", async () => {
  const { fetch, messages } = channel(150);
  const log = new MessageLog(fetch);
  await log.loadNewest();
  await log.loadOlder();
  messages.splice(140, 1);
  messages[148] = entry(150, "edited");
  messages.push(entry(151));
  await log.loadNewest();
  expect(uuids(log)).toEqual(numbers(1, 151).filter((uuid) => uuid !== 141));
  expect(log.get(150)?.content).toBe("edited");
  expect(log.hasStart).toBe(true);
});

it("starts over instead of leaving a gap after a long disconnect", async () => {
  const { fetch, messages } = channel(10);
  const log = new MessageLog(fetch);
  await log.loadNewest();
  for (let uuid = 11; uuid <= 500; uuid++) messages.push(entry(uuid));
  await log.loadNewest();
  expect(uuids(log)).toEqual(numbers(401, 500));
  expect(log.hasStart).toBe(false);
});

it("loads back to a message and stops at the first one", async () => {
  const log = new MessageLog(channel(350).fetch);
  const { signal } = new AbortController();
  expect(await log.loadBackTo(120, signal)).toBe(true);
  expect(uuids(log)).toEqual(numbers(51, 350));
  expect(await log.loadBackTo(999, signal)).toBe(false);
  expect(log.hasStart).toBe(true);
});

it("keeps an error until the next attempt", async () => {
  let fails = true;
  const good = channel(3).fetch;
  const log = new MessageLog((before, count) =>
    fails ? Promise.reject(new Error("gone")) : good(before, count),
  );
  await log.loadNewest();
  expect([log.isLoaded, log.error]).toEqual([false, new Error("gone")]);
  fails = false;
  await log.loadNewest();
  expect([log.isLoaded, log.error]).toEqual([true, undefined]);
});

it("replaces only the edited entry, and trims a long log", async () => {
  const log = new MessageLog(channel(90).fetch);
  await log.loadNewest();
  const before = log.entries;
  log.edit(50, "x");
  expect(log.entries.filter((one, index) => one !== before[index])).toHaveLength(1);
  log.trim(40);
  expect(uuids(log)).toEqual(numbers(51, 90));
  expect(log.hasStart).toBe(false);
});

it("drops its messages and the page being fetched when it is cleared", async () => {
  const { messages, fetch, hold, release } = channel(250);
  const log = new MessageLog(fetch);
  await log.loadNewest();
  hold();
  const older = log.loadOlder();
  log.clear();
  expect([uuids(log), log.isLoaded, log.isLoading]).toEqual([[], false, false]);
  messages.splice(200);
  const newest = log.loadNewest();
  release();
  await Promise.all([older, newest]);
  expect(uuids(log)).toEqual(numbers(101, 200));
  expect([log.isLoaded, log.isLoading, log.error]).toEqual([true, false, undefined]);
});
