import { describe, expect, it } from "vitest";
import { Server } from "../server.ts";
import { Cache } from "./cache.ts";
import { Trails } from "./channel-progress.ts";
import { Messages } from "./messages.ts";
import { Recent } from "./recent-set.ts";
import { Users } from "./users.ts";

const server = new Server("test", 1, { username: "ann", password: "x" });
const person = (uuid: number, name = `user ${uuid}`) => ({ uuid, name, pfp: "", groups: [], group_uuid: 0 });
const text = (uuid: number, channel = 1) => ({
  ...{ uuid, content: `text ${uuid}`, author_uuid: 1, channel_uuid: channel, date: uuid },
  ...{ edited: false, reply: null },
});

describe("users", () => {
  it("are forgotten oldest first, the own account never", () => {
    const users = new Users(3);
    for (const uuid of [1, 2, 3, 4, 5]) users.keep(person(uuid), 1);
    expect([...users.known.keys()]).toEqual([1, 4, 5]);
  });

  it("stay the same object, also when a stand-in becomes known", () => {
    const users = new Users(10);
    const standIn = users.get(7);
    expect([standIn.username, users.known.has(7), users.isStranger(7)]).toEqual(["", false, false]);
    expect(users.keep(person(7, "eve"), undefined)).toEqual({ user: standIn, isNews: true });
    expect(standIn.username).toBe("eve");
    expect(users.keep(person(7, "eve"), undefined).isNews).toBe(false);
    expect(users.keep({ ...person(7, "eve"), groups: [1] }, undefined).isNews).toBe(true);
    expect(users.get(7)).toBe(standIn);
  });

  it("that are not known are bounded too", () => {
    const users = new Users(10);
    const first = users.get(0);
    for (let uuid = 1; uuid <= 1000; uuid++) users.get(uuid);
    expect(users.get(0)).not.toBe(first);
  });
});

describe("messages", () => {
  const cache = new Cache(server, { messagesPerChannel: 3, users: 10 }, () => {});
  const channels = [1, 2].map((uuid) => ({ uuid, name: "", position: 0, permissions: {} }));

  it("are kept newest first to arrive, and history only fills what is free", () => {
    cache.learn({ command: "list_channels", status: 200, data: channels });
    const first = cache.keepMessage(text(10), "push");
    expect(cache.keepMessage(text(10), "history")).toBe(first);
    cache.keepMessage(text(5), "history");
    cache.keepMessage(text(11), "push");
    cache.keepMessage(text(4), "history");
    expect(cache.messages.of(1).map(({ uuid }) => uuid)).toEqual([5, 10, 11]);
    cache.keepMessage(text(12), "push");
    expect(cache.messages.of(1).map(({ uuid }) => uuid)).toEqual([5, 11, 12]);
    expect(cache.messages.get(10)).toBeUndefined();
  });

  it("of channels that are not listed are not kept, and go with their channel", () => {
    cache.keepMessage(text(20, 99), "push");
    expect(cache.messages.get(20)).toBeUndefined();
    cache.keepMessage(text(21, 2), "push");
    expect(cache.messages.get(21)).toBeDefined();
    cache.learn({ command: "list_channels", status: 200, data: channels.slice(0, 1) });
    expect(cache.messages.get(21)).toBeUndefined();
  });

  it("are not kept at all with a limit of 0", () => {
    const none = new Messages(0);
    none.setChannels([1]);
    none.keep(text(1), cache.users.get(1), cache.channelOrUnknown(1), "push");
    expect(none.get(1)).toBeUndefined();
  });
});

it("lists are told only when they changed", () => {
  const told: string[] = [];
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, (name, ..._) => {
    told.push(name);
  });
  const packet = { command: "list_channels", status: 200, data: [{ uuid: 1, name: "a" }] };
  cache.learn(packet);
  cache.learn(packet);
  cache.learn({ ...packet, data: [{ uuid: 1, name: "b" }] });
  cache.learn({ command: "online", status: 200, data: [1, 2, 2] });
  cache.learn({ command: "online", status: 200, data: [2, 1] });
  expect(told).toEqual(["channels", "channels", "presence"]);
  expect(cache.online).toEqual([2, 1]);
});

it("changes of who is online are applied to the list, and told once", () => {
  const told: unknown[] = [];
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, (name, ...args) => {
    told.push([name, args[0]]);
  });
  const changed = (came: readonly number[], left: readonly number[]) =>
    cache.learn({ command: "presence", status: 200, came, left });
  cache.learn({ command: "online", status: 200, data: [1, 2] });
  changed([3, 4], [2]);
  changed([3], [2]);
  changed([5, 5], []);
  cache.learn({ command: "presence", status: 200, came: ["x"], left: [] });
  cache.learn({ command: "online", status: 200, data: [5, 1] });
  expect(told).toEqual([
    ["presence", { online: [1, 2], came: [1, 2], left: [] }],
    ["presence", { online: [1, 3, 4], came: [3, 4], left: [2] }],
    ["presence", { online: [1, 3, 4, 5], came: [5], left: [] }],
    ["presence", { online: [5, 1], came: [], left: [3, 4] }],
  ]);
  expect(cache.online).toEqual([5, 1]);
});

it("packets that failed or are malformed teach nothing", () => {
  const cache = new Cache(server, { messagesPerChannel: 1, users: 10 }, () => {});
  cache.learn({ command: "get_name", status: 500, data: "x" });
  cache.learn({ command: "get_name", status: 200, data: 5 });
  cache.learn({ command: "get_metadata", status: 200, data: [{ uuid: "x" }] });
  expect([cache.name, cache.users.known.size]).toEqual(["", 0]);
});

it("trails remember the last messages of the last channels", () => {
  const trails = new Trails();
  const trail = trails.of(1);
  for (let uuid = 0; uuid < 150; uuid++) expect(trail.add({ uuid, date: 100 })).toBe(true);
  expect(trail.add({ uuid: 149, date: 100 })).toBe(false);
  expect([trail.has(49), trail.has(50), trail.lastDate]).toEqual([false, true, 100]);
  trail.add({ uuid: 200, date: 50 });
  expect(trail.lastDate).toBe(100);
  for (let channel = 2; channel <= 1001; channel++) trails.of(channel);
  expect(trails.get(1)).toBeUndefined();
  expect(trails.channels).toHaveLength(1000);
});

it("recent numbers are forgotten oldest first", () => {
  const recent = new Recent(2);
  expect([1, 2, 1, 3, 1].map((number) => recent.add(number))).toEqual([true, true, false, true, true]);
});
