import { describe, expect, it } from "vitest";
import { Server } from "../server.ts";
import { Cache } from "./cache.ts";
import { ChannelProgressMap } from "./channel-progress.ts";
import { Messages } from "./messages.ts";
import { RecentSet } from "./recent-set.ts";
import { Users } from "./users.ts";

const server = new Server("test", 1, { username: "ann", password: "x" });
const person = (uuid: number, name = `user ${uuid}`) => ({ uuid, name, pfp: "", groups: [], group_uuid: 0 });
const text = (uuid: number, channel = 1) => ({
  uuid,
  content: `text ${uuid}`,
  author_uuid: 1,
  channel_uuid: channel,
  date: uuid,
  edited: false,
  reply: null,
});

describe("Users", () => {
  it("evicts the oldest account and never the own one", () => {
    const users = new Users(3);
    for (const uuid of [1, 2, 3, 4, 5]) users.upsert(person(uuid), 1);
    expect([...users.known.keys()]).toEqual([1, 4, 5]);
  });

  it("keeps the object of an account, and turns a placeholder into the account", () => {
    const users = new Users(10);
    const placeholder = users.getOrPlaceholder(7);
    expect([placeholder.username, users.known.has(7), users.isUnknown(7)]).toEqual(["", false, false]);
    expect(users.upsert(person(7, "eve"), undefined)).toEqual({ user: placeholder, isChanged: true });
    expect(placeholder.username).toBe("eve");
    expect(users.upsert(person(7, "eve"), undefined).isChanged).toBe(false);
    expect(users.upsert({ ...person(7, "eve"), groups: [1] }, undefined).isChanged).toBe(true);
    expect(users.getOrPlaceholder(7)).toBe(placeholder);
  });

  it("bounds the number of placeholders", () => {
    const users = new Users(10);
    const first = users.getOrPlaceholder(0);
    for (let uuid = 1; uuid <= 1000; uuid++) users.getOrPlaceholder(uuid);
    expect(users.getOrPlaceholder(0)).not.toBe(first);
  });
});

describe("Messages", () => {
  const cache = new Cache(server, { messagesPerChannel: 3, users: 10 }, () => {});
  const channels = [1, 2].map((uuid) => ({ uuid, name: "", position: 0, permissions: {} }));

  it("evicts the oldest message for an event, and caches history only while there is room", () => {
    cache.applyPacket({ command: "list_channels", status: 200, data: channels });
    const first = cache.upsertMessage(text(10), "event");
    expect(cache.upsertMessage(text(10), "history")).toBe(first);
    cache.upsertMessage(text(5), "history");
    cache.upsertMessage(text(11), "event");
    cache.upsertMessage(text(4), "history");
    expect(cache.messages.list(1).map(({ uuid }) => uuid)).toEqual([5, 10, 11]);
    cache.upsertMessage(text(12), "event");
    expect(cache.messages.list(1).map(({ uuid }) => uuid)).toEqual([5, 11, 12]);
    expect(cache.messages.get(10)).toBeUndefined();
  });

  it("takes over the nonce of an event for a message that was cached from the history", () => {
    cache.applyPacket({ command: "list_channels", status: 200, data: channels });
    const message = cache.upsertMessage(text(1, 2), "history");
    expect(message.nonce).toBeUndefined();
    expect(cache.upsertMessage({ ...text(1, 2), nonce: "n" }, "event")).toBe(message);
    cache.upsertMessage(text(1, 2), "history");
    expect(message.nonce).toBe("n");
  });

  it("caches no messages of unlisted channels, and drops those of a channel that is removed", () => {
    cache.upsertMessage(text(20, 99), "event");
    expect(cache.messages.get(20)).toBeUndefined();
    cache.upsertMessage(text(21, 2), "event");
    expect(cache.messages.get(21)).toBeDefined();
    cache.applyPacket({ command: "list_channels", status: 200, data: channels.slice(0, 1) });
    expect(cache.messages.get(21)).toBeUndefined();
  });

  it("caches nothing with a limit of 0", () => {
    const none = new Messages(0);
    none.setChannels([1]);
    none.upsert(text(1), cache.users.getOrPlaceholder(1), cache.getChannelOrPlaceholder(1), "event");
    expect(none.get(1)).toBeUndefined();
  });
});

it("emits lists only when they changed", () => {
  const events: string[] = [];
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, (name, ..._) => {
    events.push(name);
  });
  const packet = { command: "list_channels", status: 200, data: [{ uuid: 1, name: "a" }] };
  cache.applyPacket(packet);
  cache.applyPacket(packet);
  cache.applyPacket({ ...packet, data: [{ uuid: 1, name: "b" }] });
  cache.applyPacket({ command: "online", status: 200, data: [1, 2, 2] });
  cache.applyPacket({ command: "online", status: 200, data: [2, 1] });
  expect(events).toEqual(["channels", "channels", "presence"]);
  expect(cache.online).toEqual([2, 1]);
});

it("applies presence changes to the online list, and emits each change once", () => {
  const events: unknown[] = [];
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, (name, ...args) => {
    events.push([name, args[0]]);
  });
  const changed = (came: readonly number[], left: readonly number[]) =>
    cache.applyPacket({ command: "presence", status: 200, came, left });
  cache.applyPacket({ command: "online", status: 200, data: [1, 2] });
  changed([3, 4], [2]);
  changed([3], [2]);
  changed([5, 5], []);
  cache.applyPacket({ command: "presence", status: 200, came: ["x"], left: [] });
  cache.applyPacket({ command: "online", status: 200, data: [5, 1] });
  expect(events).toEqual([
    ["presence", { online: [1, 2], came: [1, 2], left: [] }],
    ["presence", { online: [1, 3, 4], came: [3, 4], left: [2] }],
    ["presence", { online: [1, 3, 4, 5], came: [5], left: [] }],
    ["presence", { online: [5, 1], came: [], left: [3, 4] }],
  ]);
  expect(cache.online).toEqual([5, 1]);
});

it("emits serverUpdate when the name or icon changed", () => {
  const events: unknown[] = [];
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, (name, ..._) => {
    events.push([name, cache.name, cache.icon.length]);
  });
  for (const data of ["one", "one", "two"]) cache.applyPacket({ command: "get_name", status: 200, data });
  for (const data of ["AAAA", "AAAA", ""]) cache.applyPacket({ command: "get_icon", status: 200, data });
  expect(events).toEqual([
    ["serverUpdate", "one", 0],
    ["serverUpdate", "two", 0],
    ["serverUpdate", "two", 3],
    ["serverUpdate", "two", 0],
  ]);
});

it("ignores packets with an error status or invalid fields", () => {
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, () => {});
  cache.applyPacket({ command: "get_name", status: 500, data: "x" });
  cache.applyPacket({ command: "get_name", status: 200, data: 5 });
  cache.applyPacket({ command: "get_metadata", status: 200, data: [{ uuid: "x" }] });
  expect([cache.name, cache.users.known.size]).toEqual(["", 0]);
});

it("records the last messages of the last channels", () => {
  const progressMap = new ChannelProgressMap();
  const progress = progressMap.getOrCreate(1);
  for (let uuid = 0; uuid < 150; uuid++) expect(progress.add({ uuid, date: 100 })).toBe(true);
  expect(progress.add({ uuid: 149, date: 100 })).toBe(false);
  expect([progress.has(49), progress.has(50), progress.lastDate]).toEqual([false, true, 100]);
  progress.add({ uuid: 200, date: 50 });
  expect(progress.lastDate).toBe(100);
  for (let channel = 2; channel <= 1001; channel++) progressMap.getOrCreate(channel);
  expect(progressMap.get(1)).toBeUndefined();
  expect(progressMap.channels).toHaveLength(1000);
});

it("evicts the oldest number from a recent set", () => {
  const recent = new RecentSet(2);
  expect([1, 2, 1, 3, 1].map((number) => recent.add(number))).toEqual([true, true, false, true, true]);
});
