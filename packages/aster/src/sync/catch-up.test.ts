import { beforeEach, describe, expect, it } from "vitest";
import { Cache } from "../cache/cache.ts";
import { Emitter } from "../emitter.ts";
import { type AsterError, CommandError } from "../errors.ts";
import type { ServerEventMap } from "../events.ts";
import { Server } from "../server.ts";
import type { Command } from "../session/command.ts";
import { CatchUp } from "./catch-up.ts";
import { EventSequencer } from "./event-sequencer.ts";

const message = (uuid: number, channel = 1, date = uuid) => ({
  uuid,
  content: `text ${uuid}`,
  author_uuid: 1,
  channel_uuid: channel,
  date,
  edited: false,
  reply: null,
});
type Message = ReturnType<typeof message>;
type Fields = Readonly<Record<string, unknown>>;

/** Messages of the server by channel, oldest first. */
let channels: Map<number, Message[]>;
/** Events of the server from number 1. */
let log: { command: string; [field: string]: unknown }[];
let epoch: string | undefined;
let asked: [name: string, fields: Fields][];
/** Errors to throw in place of the next replies. */
let failures: (Error | undefined)[];
/** Called before each reply. */
let beforeReply: () => void;
let running: number;
let mostRunning: number;

let events: string[];
let reports: AsterError[];
let sequencer: EventSequencer;
let cache: Cache;

const refused = (status: number) => new CommandError("history", status);

function history({ channel, num, before_message: before }: Fields): { data: Message[] } {
  const all = channels.get(channel as number);
  if (!all) throw refused(404);
  const end = before === undefined ? all.length : all.findIndex(({ uuid }) => uuid === before);
  if (end < 0) throw refused(404);
  return { data: all.slice(Math.max(0, end - (num as number)), end) };
}

function eventsAfter({ cursor, limit }: Fields) {
  const from = cursor as number;
  const end = Math.min(log.length, from + (limit as number));
  const found = log.slice(from, end).map((event, index) => ({ ...event, seq: from + index + 1 }));
  return { events: found, cursor: end, more: end < log.length };
}

const command = (async (name: string, fields: Fields) => {
  asked.push([name, fields]);
  mostRunning = Math.max(mostRunning, ++running);
  await new Promise(setImmediate);
  running--;
  const failure = failures.shift();
  if (failure) throw failure;
  beforeReply();
  return name === "history" ? history(fields) : eventsAfter(fields);
}) as unknown as Command;

function catchUp(maxMessages = 1000): CatchUp {
  return new CatchUp({ sequencer, cache, command, maxMessages, report: (error) => reports.push(error) });
}

const positionOf = (cursor: number, forks: { epoch: string; cursor: number }[] = []) => ({
  cursor,
  epoch,
  forks,
});

beforeEach(() => {
  channels = new Map();
  log = [];
  epoch = undefined;
  asked = [];
  failures = [];
  beforeReply = () => {};
  running = 0;
  mostRunning = 0;
  events = [];
  reports = [];
  const server = new Server("test", 1, { username: "ann", password: "x" });
  cache = new Cache(server, { messagesPerChannel: 5000, users: 10 }, () => {});
  cache.upsertUser({ uuid: 1, name: "ann", pfp: "", groups: [], group_uuid: 0 });
  const emitter = new Emitter<ServerEventMap>(["message"], () => {});
  emitter.on("message", ({ uuid }) => void events.push(String(uuid)));
  sequencer = new EventSequencer({ server, cache, emitter, onMessage: () => {}, drop: () => {} });
});

/** Fills the channels of the server and of the cache with messages of these uuids. */
function fill(byChannel: Readonly<Record<number, readonly number[]>>): void {
  for (const [channel, uuids] of Object.entries(byChannel)) {
    channels.set(
      Number(channel),
      uuids.map((uuid) => message(uuid, Number(channel))),
    );
  }
  const data = [...channels.keys()].map((uuid) => ({ uuid, name: "", position: 0, permissions: {} }));
  cache.applyPacket({ command: "list_channels", status: 200, data });
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const texts = (from: number, to: number) => range(from, to).map(String);

describe("by the event sequence", () => {
  const contents = (count: number) =>
    range(1, count).map((uuid) => ({ command: "content", ...message(uuid) }));

  it("replays all events since the last one, in pages of 500", async () => {
    log = contents(1203);
    sequencer.cursor = 3;
    await catchUp().run(positionOf(1203), 0);
    expect(events).toEqual(texts(4, 1203));
    expect(asked).toEqual([3, 503, 1003].map((cursor) => ["events_after", { cursor, limit: 500 }]));
    expect(sequencer.cursor).toBe(1203);
  });

  it("keeps a cursor that live packets have raised meanwhile", async () => {
    log = contents(3);
    sequencer.cursor = 1;
    beforeReply = () => sequencer.handlePacket({ command: "channels", status: 200, seq: 9 }, 10);
    await catchUp().run(positionOf(3), 0);
    expect(sequencer.cursor).toBe(9);
  });

  it("asks with the epoch of the server", async () => {
    log = contents(2);
    epoch = "a";
    sequencer.cursor = 2;
    await catchUp().run(positionOf(2), 0);
    expect(asked).toEqual([["events_after", { cursor: 2, limit: 500, epoch: "a" }]]);
    expect(sequencer.epoch).toBe("a");
  });

  it("continues in another epoch from the last event that both share", async () => {
    log = contents(9);
    sequencer.epoch = "a";
    sequencer.cursor = 6;
    epoch = "b";
    const forks = [
      { epoch: "x", cursor: 1 },
      { epoch: "a", cursor: 4 },
    ];
    await catchUp().run(positionOf(9, forks), 0);
    expect(asked).toEqual([["events_after", { cursor: 4, limit: 500, epoch: "b" }]]);
    expect(events).toEqual(texts(5, 9));
    // The own position counts where it comes before the fork.
    [sequencer.epoch, sequencer.cursor, epoch, asked] = ["b", 2, "c", []];
    await catchUp().run(positionOf(9, [{ epoch: "b", cursor: 8 }]), 0);
    expect(asked[0]?.[1]).toMatchObject({ cursor: 2 });
  });

  it("fails if the server repeats its cursor or goes back, and otherwise for errors that may pass", async () => {
    sequencer.cursor = 3;
    const stuck = (cursor: number) =>
      new CatchUp({
        sequencer,
        cache,
        command: (() => Promise.resolve({ events: [], cursor, more: true })) as unknown as Command,
        maxMessages: 10,
        report: () => {},
      });
    for (const cursor of [3, 2]) {
      await expect(stuck(cursor).run(positionOf(9), 0)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATION" });
    }
    for (const failure of [refused(500), new Error("lost")]) {
      failures = [failure];
      await expect(catchUp().run(positionOf(9), 0)).rejects.toBe(failure);
    }
  });

  it("begins at 0 without an own event", async () => {
    log = contents(1);
    sequencer.cursor = 0;
    await catchUp().run(positionOf(1), 0);
    expect(events).toEqual(["1"]);
  });
});

describe("by the history", () => {
  it("is used where the server has no sequence, went back, forgot the events or has another epoch", async () => {
    fill({ 1: [10, 11] });
    const expectHistory = async (start: ReturnType<typeof positionOf> | undefined) => {
      asked = [];
      await catchUp().run(start, 10);
      expect(asked.at(-1)?.[0]).toBe("history");
      expect([sequencer.cursor, sequencer.epoch]).toEqual([start?.cursor, start?.epoch]);
    };
    await expectHistory(undefined);
    await expectHistory(positionOf(5));
    await expectHistory(positionOf(3));
    failures = [refused(404)];
    await expectHistory(positionOf(7));
    [sequencer.epoch, epoch] = ["a", "b"];
    await expectHistory(positionOf(8));
    await expectHistory(positionOf(2, [{ epoch: "x", cursor: 1 }]));
    expect(events).toEqual(["10", "11"]);
  });

  it("replays the messages since the progress of each channel, ordered by date over all channels", async () => {
    fill({ 1: [1, 2, 5, 8], 2: [3, 4, 6, 7], 3: [] });
    for (const [channel, uuid] of [
      [1, 2],
      [2, 4],
    ] as const) {
      sequencer.progress.getOrCreate(channel).add(message(uuid, channel));
    }
    await catchUp().run(undefined, 0);
    expect(events).toEqual(["5", "6", "7", "8"]);
  });

  it("replays messages since the loss in a channel without progress, including that second", async () => {
    fill({ 1: range(1, 20) });
    await catchUp().run(undefined, 17);
    expect(events).toEqual(["17", "18", "19", "20"]);
  });

  it("looks 300 s behind the last known date, because the clock of a server may step back", async () => {
    fill({ 1: [] });
    const all = [message(1, 1, 600), message(2, 1, 700), message(3, 1, 1001), message(4, 1, 999)];
    channels.set(1, [...all, message(5, 1, 1000), message(6, 1, 1002)]);
    // Known, but deleted since.
    sequencer.progress.getOrCreate(1).add(message(99, 1, 1000));
    await catchUp().run(undefined, 0);
    // Dated before the last known message: known once, or from a clock that was set back.
    expect(events).toEqual(["5", "3", "6"]);
  });

  it("reads pages of 100 up to the beginning", async () => {
    fill({ 1: range(1, 250) });
    await catchUp().run(undefined, 0);
    expect(events).toEqual(texts(1, 250));
    expect(asked.map(([, fields]) => fields)).toEqual([
      { channel: 1, num: 100 },
      { channel: 1, num: 100, before_message: 151 },
      { channel: 1, num: 100, before_message: 51 },
      { channel: 1, num: 100, before_message: 1 },
    ]);
  });

  it("stops above the limit, and reports the channel", async () => {
    fill({ 1: range(1, 250), 2: range(1001, 1120) });
    await catchUp(120).run(undefined, 0);
    expect(events).toEqual([...texts(131, 250), ...texts(1001, 1120)]);
    expect(reports.map(({ code, message: text }) => [code, text])).toEqual([
      ["EVENTS_MISSED", expect.stringMatching(/more than 120 messages .* channel 1;/)],
    ]);
  });

  it("reads nothing with the limit 0", async () => {
    fill({ 1: [1] });
    await catchUp(0).run(positionOf(4), 0);
    expect([asked, sequencer.cursor]).toEqual([[], 4]);
  });

  it("ends with a server that repeats one page", async () => {
    fill({ 1: range(1, 3) });
    const data = channels.get(1);
    const repeating = new CatchUp({
      sequencer,
      cache,
      command: (() => Promise.resolve({ data })) as unknown as Command,
      maxMessages: 10,
      report: () => {},
    });
    await repeating.run(undefined, 0);
    expect(events).toEqual(["1", "2", "3"]);
  });

  it("starts over when the message at a page's end was deleted", async () => {
    fill({ 1: range(1, 250) });
    const all = channels.get(1) ?? [];
    // The oldest message of each first page goes away, so that the next page cannot begin before it.
    beforeReply = () => {
      const [, fields] = asked.at(-1) ?? ["", {}];
      const before = fields["before_message"];
      if (before === undefined || asked.length > 4) return;
      all.splice(
        all.findIndex(({ uuid }) => uuid === before),
        1,
      );
    };
    await catchUp().run(undefined, 0);
    expect(events).toHaveLength(248);
  });

  it("starts over three times, and then keeps what it has", async () => {
    fill({ 1: range(1, 250) });
    failures = range(1, 8).map((turn) => (turn % 2 === 0 ? refused(404) : undefined));
    await catchUp().run(undefined, 0);
    expect(asked.map(([, fields]) => fields["before_message"])).toEqual(
      Array.from({ length: 4 }, () => [undefined, 151]).flat(),
    );
    expect(events).toEqual(texts(151, 250));
  });

  it("passes over channels that the account cannot read", async () => {
    fill({ 1: [1], 2: [2] });
    failures = [refused(403)];
    await catchUp().run(undefined, 0);
    expect(events).toEqual(["2"]);
  });

  it("fails for errors that may pass", async () => {
    fill({ 1: [1] });
    for (const failure of [refused(500), new Error("lost")]) {
      failures = [failure];
      await expect(catchUp().run(undefined, 0)).rejects.toBe(failure);
    }
  });

  it("reads at most 8 channels at once, also those that are no longer listed", async () => {
    fill(Object.fromEntries(range(1, 20).map((channel) => [channel, [1000 + channel]])));
    sequencer.progress.getOrCreate(99);
    channels.set(99, [message(5000, 99)]);
    await catchUp().run(undefined, 0);
    expect(events).toEqual([...texts(1001, 1020), "5000"]);
    expect(mostRunning).toBe(8);
  });
});

describe("positions", () => {
  it("are the newest 10 messages of each channel that can be read", async () => {
    fill({ 1: range(1, 30), 2: [40], 3: [] });
    failures = [undefined, refused(403)];
    await catchUp().recordPositions();
    expect(asked.map(([, fields]) => fields)).toEqual([1, 2, 3].map((channel) => ({ channel, num: 10 })));
    const progress = sequencer.progress.get(1);
    expect([20, 21, 30].map((uuid) => progress?.has(uuid))).toEqual([false, true, true]);
    expect(progress?.lastDate).toBe(30);
    expect([2, 3].map((channel) => sequencer.progress.get(channel) !== undefined)).toEqual([false, true]);
    expect(events).toEqual([]);
  });
});

it("tells the debug hook each decision", async () => {
  fill({ 1: [7] });
  const entries: unknown[] = [];
  const debug = (_source: string, event: string, details?: Fields) => void entries.push([event, details]);
  const options = { sequencer, cache, command, maxMessages: 10, report: () => {}, debug };
  log = [{ command: "content", ...message(1) }];
  sequencer.cursor = 0;
  await new CatchUp(options).run(positionOf(1), 5);
  sequencer.cursor = 9;
  await new CatchUp(options).run(positionOf(1), 5);
  expect(entries).toEqual([
    ["started", { from: 0, sharedCursor: 0, to: 1, lostAtSeconds: 5 }],
    ["events-replayed", { from: 0, cursor: 1, count: 1, more: false }],
    ["started", { from: 9, sharedCursor: undefined, to: 1, lostAtSeconds: 5 }],
    ["history-chosen", { maxMessages: 10 }],
    ["history-read", { channel: 1, count: 1 }],
  ]);
});
