import { beforeEach, describe, expect, it, vi } from "vitest";
import { Cache } from "../cache/cache.ts";
import { Emitter } from "../emitter.ts";
import type { AsterError } from "../errors.ts";
import type { ServerEventMap } from "../events.ts";
import type { Message } from "../models/channel.ts";
import { Server } from "../server.ts";
import { EventSequencer } from "./event-sequencer.ts";

const known = 1;
const names = ["message", "messageEdit", "messageDelete"] as const;

let server: Server;
let cache: Cache;
let events: string[];
let created: Message[];
let drops: AsterError[];
let sequencer: EventSequencer;
/** Accounts that are being fetched, with the functions that end the fetch. */
let fetches: Map<number, (error?: Error) => void>;

beforeEach(() => {
  server = new Server("test", 1, { username: "ann", password: "x" });
  cache = new Cache(server, { messagesPerChannel: 5000, users: 10 }, () => {});
  const channel = { uuid: 3, name: "", position: 0, permissions: {} };
  cache.applyPacket({ command: "list_channels", status: 200, data: [channel] });
  cache.upsertUser({ uuid: known, name: "ann", pfp: "", groups: [], group_uuid: 0 });
  fetches = new Map();
  vi.spyOn(server, "fetchUser").mockImplementation((user) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    fetches.set(user as number, (error) => (error ? reject(error) : resolve(undefined)));
    return promise;
  });
  const emitter = new Emitter<ServerEventMap>(names, (error) => {
    throw error;
  });
  events = [];
  emitter.on("message", ({ content }) => void events.push(content));
  emitter.on("messageEdit", ({ uuid, content, previousContent, message, channel }) => {
    events.push(`edit ${uuid}: ${previousContent} > ${content} in ${channel?.uuid}`);
    expect(message?.uuid ?? uuid).toBe(uuid);
  });
  emitter.on("messageDelete", ({ uuid, message, channel }) => {
    events.push(`delete ${uuid}: ${message?.content} in ${channel?.uuid}`);
  });
  created = [];
  drops = [];
  sequencer = new EventSequencer({
    server,
    cache,
    emitter,
    onMessage: (message) => created.push(message),
    drop: (error) => drops.push(error),
  });
});

const message = (uuid: number, author = known, content = `text ${uuid}`) => ({
  uuid,
  content,
  author_uuid: author,
  channel_uuid: 3,
  date: uuid,
  edited: false,
  reply: null,
});
const pushOf = (uuid: number, seq?: unknown, author?: number) => ({
  command: "content",
  status: 200,
  ...message(uuid, author),
  ...(seq !== undefined && { seq }),
});
const editOf = (uuid: number, content: string, seq?: number) => ({
  command: "message_edited",
  status: 200,
  message: uuid,
  new_content: content,
  channel_uuid: 3,
  ...(seq !== undefined && { seq }),
});
const deletionOf = (uuid: number, seq?: number) => ({
  command: "message_deleted",
  status: 200,
  message: uuid,
  channel_uuid: 3,
  ...(seq !== undefined && { seq }),
});
const handle = (...packets: { command: string; status: number }[]) => {
  for (const packet of packets) sequencer.handlePacket(packet, 10);
};

describe("a live packet", () => {
  it("is emitted at once, with the message in the cache", () => {
    handle(pushOf(1), editOf(1, "new"), deletionOf(1));
    expect(events).toEqual(["text 1", "edit 1: text 1 > new in 3", "delete 1: new in 3"]);
    expect(created.map(({ uuid }) => uuid)).toEqual([1]);
    expect(cache.messages.get(1)).toBeUndefined();
  });

  it("is one event, however often it is sent: by number, uuid or content", () => {
    handle(pushOf(1, 5), pushOf(2, 5), pushOf(1, 6), editOf(1, "a"), editOf(1, "a"));
    handle(deletionOf(1), deletionOf(1));
    expect(events).toEqual(["text 1", "edit 1: text 1 > a in 3", "delete 1: a in 3"]);
  });

  it("of an unknown message names the channel, if it is known", () => {
    handle(editOf(8, "x"), deletionOf(8), { ...deletionOf(9), channel_uuid: 4 } as never);
    handle({ command: "message_deleted", status: 200, message: 10 } as never);
    expect(events).toEqual([
      "edit 8: undefined > x in 3",
      "delete 8: undefined in 3",
      "delete 9: undefined in undefined",
      "delete 10: undefined in undefined",
    ]);
  });

  it("raises the cursor, whatever it tells, and never lowers it", () => {
    handle({ command: "channels", status: 200, seq: 7 } as never);
    expect(sequencer.cursor).toBe(7);
    handle(pushOf(1, 5));
    expect(sequencer.cursor).toBe(7);
    expect(events).toEqual(["text 1"]);
  });

  it.each(["8", 1.5, Number.MAX_SAFE_INTEGER + 1, null])("with the number %j has none", (seq) => {
    handle(pushOf(1, seq), pushOf(2, seq));
    expect(sequencer.cursor).toBeUndefined();
    expect(events).toEqual(["text 1", "text 2"]);
  });

  it("that is refused or malformed is ignored", () => {
    handle({ ...pushOf(1, 4), status: 403 });
    expect(sequencer.cursor).toBeUndefined();
    for (const push of [pushOf(1), editOf(1, "x"), deletionOf(1)]) {
      handle({ ...push, uuid: "1", message: "1" } as never);
    }
    handle({ command: "ping", status: 200, ...message(2) } as never);
    expect(events).toEqual([]);
  });
});

describe("a catch-up", () => {
  it("holds packets back until it is complete, and gives the missed ones first", () => {
    handle(pushOf(1, 1));
    sequencer.pause();
    handle(pushOf(4, 4), editOf(1, "edited", 5), { command: "ping", status: 200 });
    sequencer.replayPacket(pushOf(2, 2));
    sequencer.replayPacket(pushOf(3, 3));
    sequencer.replayPacket({ command: "ping", status: 200, ...message(9) } as never);
    expect(events).toEqual(["text 1", "text 2", "text 3"]);
    sequencer.resume();
    expect(events.slice(3)).toEqual(["text 4", "edit 1: text 1 > edited in 3"]);
    handle(pushOf(6, 6));
    expect(events.slice(5)).toEqual(["text 6"]);
  });

  it("makes held packets void up to the cursor that it reached, and no further", () => {
    handle(pushOf(1, 1));
    sequencer.pause();
    handle(editOf(1, "B", 2), editOf(1, "C", 3), editOf(1, "D", 4));
    sequencer.replayPacket(editOf(1, "C", 3));
    sequencer.resume();
    expect(events.slice(1)).toEqual(["edit 1: text 1 > C in 3", "edit 1: C > D in 3"]);
  });

  it("emits a message once that the history and a held push have, but each edit", () => {
    sequencer.pause();
    handle(pushOf(1), editOf(1, "new"), pushOf(2));
    sequencer.replayMessage(message(1));
    sequencer.resume();
    expect(events).toEqual(["text 1", "edit 1: text 1 > new in 3", "text 2"]);
  });

  it("remembers no replayed message beyond its end", () => {
    // More messages than the progress of a channel remembers.
    sequencer.pause();
    for (let uuid = 1; uuid <= 150; uuid++) sequencer.replayMessage(message(uuid));
    sequencer.pause();
    handle(pushOf(1));
    sequencer.resume();
    expect(events.at(-1)).toBe("text 1");
    expect(events).toHaveLength(151);
    // Live again: a replay is not remembered at all.
    for (let uuid = 201; uuid <= 350; uuid++) sequencer.replayMessage(message(uuid));
    sequencer.resume();
    sequencer.pause();
    handle(pushOf(201));
    sequencer.resume();
    expect(events).toHaveLength(302);
  });

  it("gives up above 10,000 held packets or 64 MiB, and starts anew", () => {
    sequencer.pause();
    for (let uuid = 1; uuid <= 10_000; uuid++) handle(pushOf(uuid));
    expect(drops).toEqual([]);
    handle(pushOf(10_001));
    expect(drops.map(({ code }) => code)).toEqual(["PROTOCOL_VIOLATION"]);
    const mebibytes64 = 64 * 1024 * 1024;
    sequencer.handlePacket(pushOf(1), mebibytes64);
    expect(drops).toHaveLength(1);
    sequencer.handlePacket(pushOf(2), 1);
    expect(drops).toHaveLength(2);
    sequencer.handlePacket(pushOf(3), 1);
    sequencer.resume();
    expect(events).toEqual(["text 3"]);
  });

  it("does not limit packets that are not held", () => {
    sequencer.handlePacket(pushOf(1), 65 * 1024 * 1024);
    expect(drops).toEqual([]);
    sequencer.pause();
    sequencer.handlePacket({ command: "ping", status: 200 }, 65 * 1024 * 1024);
    expect(drops).toEqual([]);
  });

  it("resumed without a pause changes nothing", () => {
    sequencer.resume();
    expect(events).toEqual([]);
  });
});

describe("an epoch", () => {
  it("is another one only if both are known and differ", () => {
    expect(sequencer.isOtherEpoch("a")).toBe(false);
    sequencer.epoch = "a";
    expect(["a", "b", undefined].map((epoch) => sequencer.isOtherEpoch(epoch))).toEqual([false, true, false]);
  });

  it("starts with numbers and deletions that may come a second time", () => {
    handle(pushOf(1, 1), deletionOf(1, 2));
    sequencer.restartAt({ cursor: 1, epoch: "b" });
    expect([sequencer.cursor, sequencer.epoch]).toEqual([1, "b"]);
    handle(pushOf(2, 1), deletionOf(1, 2));
    expect(events.slice(2)).toEqual(["text 2", "delete 1: undefined in 3"]);
  });

  it("ends with a session that continues nothing", () => {
    sequencer.pause();
    handle(pushOf(1, 1));
    sequencer.reset();
    expect([sequencer.cursor, sequencer.epoch]).toEqual([undefined, undefined]);
    handle(pushOf(2, 1));
    expect(events).toEqual(["text 2"]);
  });
});

describe("an unknown author", () => {
  const settle = () => new Promise(setImmediate);

  it("is fetched once, and all later events wait in order", async () => {
    handle(pushOf(1, 1, 50), pushOf(2, 2, 50), editOf(1, "new", 3), deletionOf(2, 4), pushOf(3, 5));
    const flushed = sequencer.flush().then(() => events.push("flushed"));
    handle(pushOf(4, 6));
    await settle();
    expect([events, [...fetches.keys()], created.length]).toEqual([[], [50], 4]);
    fetches.get(50)?.();
    await flushed;
    await settle();
    expect(events).toEqual([
      "new",
      "text 2",
      "edit 1: text 1 > new in 3",
      "delete 2: text 2 in 3",
      "text 3",
      "flushed",
      "text 4",
    ]);
    // Nothing waits any more.
    handle(pushOf(5, 7));
    expect(events.at(-1)).toBe("text 5");
  });

  it("who cannot be fetched holds up nothing", async () => {
    handle(pushOf(1, 1, 50));
    fetches.get(50)?.(new Error("gone"));
    await settle();
    expect(events).toEqual(["text 1"]);
  });

  it("is fetched beside at most 31 others, of which each makes room for one", async () => {
    for (let author = 100; author < 140; author++) handle(pushOf(author, author, author));
    expect([...fetches.keys()]).toEqual(Array.from({ length: 32 }, (_, index) => 100 + index));
    for (const end of fetches.values()) end();
    await settle();
    expect(events).toHaveLength(40);
    fetches.clear();
    for (let author = 200; author < 240; author++) handle(pushOf(author, author, author));
    expect(fetches.size).toBe(32);
  });

  it("holds up at most 1000 events", async () => {
    handle(pushOf(1, 1, 50));
    for (let uuid = 2; uuid <= 1000; uuid++) handle(pushOf(uuid, uuid));
    expect(events).toEqual([]);
    handle(pushOf(1001, 1001));
    expect(events).toHaveLength(1000);
    fetches.get(50)?.();
    await settle();
    expect(events).toHaveLength(1001);
    handle(pushOf(1002, 1002));
    expect(events.at(-1)).toBe("text 1002");
  });
});
