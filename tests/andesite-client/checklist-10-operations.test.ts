// Check-list of the client's contract (section 14), items 10 to 12: operations, reading, queries. Reading
// (item
// 11) and replies in another order or form need a scripted node; the other tests also run with a complete
// node.

import {
  Equalizer,
  FilterMap,
  Karaoke,
  Play,
  PlayerUpdate,
  RawMsgReceiveEvent,
  type SendOperation,
  Timescale,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  Tremolo,
  UnknownAndesiteEvent,
  Update,
  Vibrato,
  VolumeFilter,
  WebSocket,
  WebSocketClosedEvent,
} from "@asterite/andesite";
import {
  ChannelMix,
  Destroy,
  EventBuffer,
  FilterUpdate,
  LowPass,
  MixerUpdate,
  Pause,
  PongResponse,
  Rotation,
  Seek,
  StatsUpdate,
  Stop,
  VoiceServerUpdate,
  Volume,
} from "@asterite/andesite/advanced";
import { encodeTrack } from "@asterite/lavaplayer-track";
import type { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { closeAfterTest, nodeKinds, startNode, until } from "../support/andesite.ts";

type Call = (client: WebSocket) => Promise<void>;
const bands = (gains: readonly number[]) => gains.map((gain, band) => ({ band, gain }));
const off = <Filter extends { enabled: boolean }>(filter: Filter): Filter => {
  filter.enabled = false;
  return filter;
};

const song = encodeTrack({
  info: { title: "t", author: "a", lengthMs: 60_000, identifier: "x" },
  source: "youtube",
});

describe.each(nodeKinds)("14.10 Each operation's JSON to $name", ({ start }) => {
  const everything = { start: 1.5, end: 90.0004, pause: false, volume: 0.333, noReplace: true };
  const rows: readonly [what: string, method: Call, operation: SendOperation, json: object][] = [
    [
      "play alone",
      (client) => client.play("5", song),
      new Play(song),
      { op: "play", track: song, noReplace: false },
    ],
    [
      "play with all options",
      (client) => client.play("5", song, everything),
      new Play(song, everything),
      { op: "play", track: song, start: 1_500, end: 90_000, pause: false, volume: 33, noReplace: true },
    ],
    [
      "play with empty options",
      (client) => client.play("5", song, { start: null, end: undefined, pause: null }),
      new Play(song, { volume: null }),
      { op: "play", track: song, noReplace: false },
    ],
    ["pause", (client) => client.pause("5", false), new Pause(false), { op: "pause", pause: false }],
    ["stop", (client) => client.stop("5"), new Stop(), { op: "stop" }],
    ["destroy", (client) => client.destroy("5"), new Destroy(), { op: "destroy" }],
    ["seek", (client) => client.seek("5", 0.0015), new Seek(0.0015), { op: "seek", position: 2 }],
    ["volume", (client) => client.volume("5", 1.5), new Volume(1.5), { op: "volume", volume: 150 }],
    ["update of nothing", (client) => client.update("5", {}), new Update(), { op: "update" }],
    [
      "update of all fields",
      (client) =>
        client.update("5", { pause: true, position: 0, volume: 0, filters: { tremolo: new Tremolo() } }),
      new Update({ pause: true, position: 0, volume: 0, filters: { tremolo: new Tremolo() } }),
      {
        op: "update",
        pause: true,
        position: 0,
        volume: 0,
        filters: { tremolo: { frequency: 2, depth: 0.5 } },
      },
    ],
    ["mixer of nothing", (client) => client.mixer("5"), new MixerUpdate(), { op: "mixer", players: {} }],
    [
      "mixer",
      (client) =>
        client.mixer("5", true, { a: new Play(song, { start: 1 }), b: new Update({ volume: 0.5 }) }),
      new MixerUpdate(true, { a: new Play(song, { start: 1 }), b: new Update({ volume: 0.5 }) }),
      {
        op: "mixer",
        enable: true,
        players: { a: { track: song, start: 1_000, noReplace: false }, b: { volume: 50 } },
      },
    ],
    [
      "mixer that stops a player",
      (client) => client.mixer("5", null, { a: new Play(null) }),
      new MixerUpdate(null, { a: new Play(null) }),
      { op: "mixer", players: { a: { track: null, noReplace: false } } },
    ],
    [
      "filters by name, including custom ones",
      (client) => client.filters("5", { volume: new VolumeFilter({ volume: 2 }), custom: { a: 1 } }),
      FilterUpdate.from({ volume: { volume: 2 }, custom: { a: 1 } }),
      { op: "filters", volume: { volume: 2 }, custom: { a: 1 } },
    ],
    [
      "filters as a map",
      (client) => client.filters("5", new FilterMap({ equalizer: Equalizer.fromGains([0.25, null, -0.1]) })),
      FilterUpdate.from(new FilterMap({ equalizer: Equalizer.fromGains([0.25, null, -0.1]) })),
      {
        op: "filters",
        equalizer: {
          bands: [
            { band: 0, gain: 0.25 },
            { band: 2, gain: -0.1 },
          ],
        },
      },
    ],
    [
      "disabled filters",
      (client) =>
        client.filters("5", {
          equalizer: off(Equalizer.fromGains([1])),
          karaoke: off(new Karaoke({ level: 3 })),
        }),
      FilterUpdate.from({
        equalizer: off(Equalizer.fromGains([1])),
        karaoke: off(new Karaoke({ level: 3 })),
      }),
      {
        op: "filters",
        equalizer: { bands: bands(new Array(15).fill(0)) },
        karaoke: { level: 1, monoLevel: 1, filterBand: 220, filterWidth: 100 },
      },
    ],
    [
      "the other filters",
      (client) =>
        client.filters("5", {
          timescale: new Timescale(),
          vibrato: new Vibrato(),
          channelmix: new ChannelMix(),
          lowpass: new LowPass(),
          rotation: new Rotation(),
        }),
      FilterUpdate.from({
        timescale: new Timescale(),
        vibrato: new Vibrato(),
        channelmix: new ChannelMix(),
        lowpass: new LowPass(),
        rotation: new Rotation(),
      }),
      {
        op: "filters",
        timescale: { speed: 1, pitch: 1, rate: 1 },
        vibrato: { frequency: 2, depth: 0.5 },
        channelmix: { leftToLeft: 1, leftToRight: 0, rightToLeft: 0, rightToRight: 1 },
        lowpass: { smoothing: 20 },
        rotation: { rotationHz: 5 },
      },
    ],
    [
      "voiceServerUpdate",
      (client) => client.voiceServerUpdate("5", "s", { token: "t", endpoint: null, guild_id: "5" }),
      new VoiceServerUpdate("s", { token: "t", endpoint: null, guild_id: "5" }),
      { op: "voice-server-update", sessionId: "s", event: { token: "t", endpoint: null, guild_id: "5" } },
    ],
    [
      "voiceServerUpdate with a channel",
      (client) =>
        client.voiceServerUpdate("5", "s", { token: "t", endpoint: "e", guild_id: "5" }, { channelId: "7" }),
      new VoiceServerUpdate("s", { token: "t", endpoint: "e", guild_id: "5" }, { channelId: "7" }),
      {
        op: "voice-server-update",
        sessionId: "s",
        event: { token: "t", endpoint: "e", guild_id: "5" },
        channelId: "7",
      },
    ],
    [
      "event-buffer",
      (client) => client.sendOperation("5", new EventBuffer(30)),
      new EventBuffer(30),
      { op: "event-buffer", timeout: 30_000 },
    ],
  ];
  it.each(rows)("14.10 %s: as a method and as an object", async (_, method, operation, json) => {
    const node = await start();
    const texts: string[] = [];
    // The client also sends pings, after which operations count as received.
    node.onText = (text) => JSON.parse(text).op === "ping" || texts.push(text);
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { eventBufferSeconds: 0 }));
    await method(client);
    await client.sendOperation("5", operation);
    await until(() => texts.length === 2);
    await client.ping("5");
    expect(node.refused).toEqual([]);
    for (const text of texts.slice(0, 2)) expect(JSON.parse(text)).toStrictEqual({ ...json, guildId: "5" });
  });

  it("14.10 throws a TypeError for an operation object with options", async () => {
    const client = closeAfterTest(new WebSocket("ws://127.0.0.1:9/", "1", null));
    await expect(client.play("5", new Play("Q"), { start: 1 })).rejects.toThrow(TypeError);
  });
});

/** Returns the operations that a client emits for messages of a node, and the raw bodies. */
async function reading(): Promise<{
  node: ScriptedNode;
  client: WebSocket;
  read: (...bodies: readonly unknown[]) => Promise<{ raw: unknown[]; typed: object[] }>;
}> {
  const node = await startNode();
  const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
  await client.ping("5");
  const read = async (...bodies: readonly unknown[]) => {
    const subscription = client.subscribe();
    for (const body of bodies) node.sendText(typeof body === "string" ? body : JSON.stringify(body));
    node.sendText('{"op":"pong"}');
    const raw: unknown[] = [];
    const typed: object[] = [];
    for await (const event of subscription) {
      if (event instanceof PongResponse) break;
      if (event instanceof RawMsgReceiveEvent) raw.push(event.body);
      else typed.push(event);
    }
    return { raw: raw.slice(0, -1), typed };
  };
  return { node, client, read };
}
const ids = { userId: "1", guildId: "5" };
const classesOf = (events: readonly object[]) => events.map((event) => event.constructor.name);

describe("14.11 Reading", () => {
  it("14.11 ignores invalid JSON and values that are not objects", async () => {
    const { client, read } = await reading();
    const { raw, typed } = await read("{", "[1]", "5", '"x"', "null", "");
    expect([raw, classesOf(typed).filter((name) => name !== "ProblemEvent")]).toEqual([[], []]);
    expect(client.connected).toBe(true);
  });

  it("14.11 emits only the raw event for a missing or unknown op, and for an event without a type", async () => {
    const { read } = await reading();
    const bodies = [{}, { op: 5 }, { op: "novelty", a: 1 }, { op: "event", ...ids }];
    const { raw, typed } = await read(...bodies);
    expect([raw, typed]).toEqual([bodies, []]);
  });

  it("14.11 keeps the whole body of an unknown event", async () => {
    const { read } = await reading();
    const body = { op: "event", type: "NoveltyEvent", ...ids, cleanup: true };
    const { typed } = await read(body);
    expect(typed).toEqual([expect.any(UnknownAndesiteEvent)]);
    expect(typed[0]).toMatchObject({ type: "NoveltyEvent", ...ids, body });
  });

  it("14.11 ignores unknown keys", async () => {
    const { read } = await reading();
    const bodies = [
      { op: "player-update", ...ids, novelty: 1, state: { volume: 50, novelty: { deep: [1] } } },
      { op: "event", type: "TrackStartEvent", ...ids, track: "Q", novelty: 1 },
      { op: "stats", userId: "1", stats: { novelty: 1 } },
    ];
    const { typed, raw } = await read(...bodies);
    expect(typed).toEqual([expect.any(PlayerUpdate), expect.any(TrackStartEvent), expect.any(StatsUpdate)]);
    expect(raw).toEqual(bodies);
  });

  it("14.11 reads missing keys as null, empty or the default", async () => {
    const { read } = await reading();
    const event = { op: "event", ...ids, track: "Q" };
    const { typed } = await read(
      { op: "player-update", guildId: "5", state: {} },
      { op: "player-update", guildId: "5" },
      { ...event, type: "TrackEndEvent", reason: "FINISHED" },
      { ...event, type: "TrackExceptionEvent", error: "no" },
      { ...event, type: "TrackStuckEvent" },
      { op: "event", ...ids, type: "WebSocketClosedEvent", code: 4_006 },
    );
    expect(typed[0]).toMatchObject({
      userId: null,
      state: { position: null, paused: false, volume: 1, mixer: {}, mixerEnabled: false, destroyed: false },
    });
    expect((typed[1] as PlayerUpdate).state).toBeNull();
    expect(typed[2]).toBeInstanceOf(TrackEndEvent);
    expect(typed[2]).toMatchObject({ mayStartNext: true });
    expect(typed[3]).toBeInstanceOf(TrackExceptionEvent);
    expect(typed[3]).toMatchObject({ error: "no", exception: { message: "no", stack: [], cause: null } });
    expect(typed[4]).toBeInstanceOf(TrackStuckEvent);
    expect(typed[4]).toMatchObject({ threshold: 0 });
    expect(typed[5]).toBeInstanceOf(WebSocketClosedEvent);
    expect(typed[5]).toMatchObject({ code: 4_006, reason: null, byRemote: false });
  });

  it("14.11 emits only the raw event for a malformed body, and keeps the connection", async () => {
    const { client, read } = await reading();
    const bodies = [
      { op: "player-update", guildId: {}, state: {} },
      { op: "player-update", ...ids, state: { volume: "loud" } },
      { op: "event", type: "TrackStartEvent", ...ids },
    ];
    const { raw, typed } = await read(...bodies);
    expect(raw).toEqual(bodies);
    expect(classesOf(typed).filter((name) => name !== "ProblemEvent")).toEqual([]);
    expect(client.connected).toBe(true);
  });

  it("14.11 reads both forms of the equalizer", async () => {
    const { read } = await reading();
    const update = (equalizer: unknown) => ({
      op: "player-update",
      ...ids,
      state: { filters: { equalizer } },
    });
    const { typed } = await read(
      update({ enabled: true, bands: bands([0.25, 0, -0.1]) }),
      update({ enabled: true, bands: [0.25, 0, -0.1] }),
    );
    for (const event of typed) {
      const { equalizer } = (event as PlayerUpdate).state?.filters ?? {};
      expect([...(equalizer ?? [])].map(({ gain }) => gain)).toEqual([0.25, 0, -0.1]);
    }
    expect(typed).toHaveLength(2);
  });

  it("14.11 reads both forms of times", async () => {
    const { read } = await reading();
    const time = 1_700_000_000_123;
    const { typed } = await read(
      { op: "player-update", ...ids, state: { time } },
      { op: "player-update", ...ids, state: { time: String(time) } },
    );
    expect(typed.map((event) => (event as PlayerUpdate).state?.time.getTime())).toEqual([time, time]);
  });
});

describe.each(nodeKinds)("14.12 getPlayer, getStats and ping with $name", ({ start }) => {
  it("14.12 receives immediate replies", async () => {
    const node = await start();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
    await client.volume("5", 0.5);
    expect((await client.getPlayer("5"))?.volume).toBe(0.5);
    expect(await client.getPlayer("6")).toBeNull();
    expect((await client.getStats("5")).players.playing).toBe(0);
    const seconds = await client.ping("5");
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(10);
  });

  it("14.12 matches concurrent replies to their guilds", async () => {
    const node = await start();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
    const guilds = Array.from({ length: 50 }, (_, index) => String(100 + index));
    for (const [index, guild] of guilds.entries()) void client.volume(guild, index / 10);
    const players = await Promise.all(guilds.map((guild) => client.getPlayer(guild)));
    expect(players.map((player) => player?.volume)).toEqual(guilds.map((_, index) => index / 10));
  });

  it("14.12 rejects when the reply can no longer arrive", async () => {
    const node = await start();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
    await client.connect();
    node.onPing = () => {
      node.drop();
      return true;
    };
    await expect(client.ping("5")).rejects.toThrow("connection was lost");
    await client.close();
    await expect(client.getPlayer("5")).rejects.toThrow("closed");
  });
});

describe("14.12 getPlayer, getStats and ping", () => {
  it("14.12 reads replies in each form", async () => {
    for (const form of ["java", "documented"] as const) {
      const node = await startNode({ form });
      const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
      await client.volume("5", 0.5);
      expect((await client.getPlayer("5"))?.volume).toBe(0.5);
      expect(await client.getPlayer("6")).toBeNull();
      expect((await client.getStats("5")).players).toEqual({ total: 0, playing: 0 });
      const seconds = await client.ping("5");
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(10);
    }
  });

  it("14.12 matches replies in another order", async () => {
    const node = await startNode();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));
    const guilds = Array.from({ length: 50 }, (_, index) => String(100 + index));
    for (const [index, guild] of guilds.entries()) void client.volume(guild, index / 10);
    await client.ping("100");
    node.onOperation = ({ op, guildId }) => {
      if (op !== "get-player") return false;
      // Replies are sent in reverse order.
      const later = () => node.sendText(JSON.stringify(answerOf(node, guildId)));
      setTimeout(later, (guilds.length - guilds.indexOf(guildId)) / 2);
      return true;
    };
    const players = await Promise.all(guilds.map((guild) => client.getPlayer(guild)));
    expect(players.map((player) => player?.volume)).toEqual(guilds.map((_, index) => index / 10));
    const pings = await Promise.all(guilds.map((guild) => client.ping(guild)));
    expect(pings.every((seconds) => seconds > 0)).toBe(true);
  });
});

const answerOf = (node: ScriptedNode, guildId: string) => ({
  op: "player-update",
  userId: "1",
  guildId,
  state: node.player(guildId)?.toJson("java") ?? null,
});
