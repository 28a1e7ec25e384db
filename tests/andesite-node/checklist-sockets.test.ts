// Lines 8 to 10 of section 17 of the protocol.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type CheckedNode,
  everyNode,
  type Json,
  sendRequest,
  startTestNode,
  TestSocket,
} from "../support/andesite-node.ts";

const manifestUrl = new URL("../../packages/andesite-node/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifestUrl, "utf8")) as { readonly version: string };
const [major, minor, revision] = version.split(".");
const guildId = "81384788765712384";
/** Plays over HTTP, which subscribes no connection. */
const playOverHttp = ({ url, track }: CheckedNode, title: string) =>
  sendRequest(`${url}/player/${guildId}/play`, {
    method: "POST",
    headers: { "User-Id": "1" },
    body: { track: track(title) },
  });

const typeOf = (message: Json) => message["type"] ?? message["op"];

describe.each(everyNode)("8. frames: $name", ({ start }) => {
  it.each([
    ["text", "hello"],
    ["an array", "[]"],
    ["a number", "1"],
    ["null", "null"],
    ["an empty text", ""],
    ["binary", Buffer.from([1, 2, 3])],
    ["invalid UTF-8 in text", { bytes: [0x7b, 0x22, 0xff, 0x22, 0x7d], binary: false }],
    ["invalid UTF-8 in binary", { bytes: [0x7b, 0x22, 0xff, 0x22, 0x7d], binary: true }],
  ])("%s closes the connection with 4001", async (_name, frame) => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    if (typeof frame === "string") socket.send(frame);
    else if (Buffer.isBuffer(frame)) socket.webSocket.send(frame);
    else socket.webSocket.send(Buffer.from(frame.bytes), { binary: frame.binary });
    const { code, reason } = await socket.closed();
    expect([code, reason]).toEqual([4001, expect.stringMatching(/^Unable to read frame data as json/)]);
    expect(Buffer.byteLength(reason)).toBeLessThan(124);
  });

  it.each([
    [{}, "Null op provided"],
    [{ op: null, guildId }, "Null op provided"],
    [{ op: "stop" }, "Null guild id provided"],
    [{ op: "stop", guildId: null }, "Null guild id provided"],
    [{ op: "stop", guildId, userId: null }, "Null user id provided"],
  ])("%j closes it with 4002", async (message, reason) => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send(message);
    // Later operations are not executed.
    socket.send({ op: "volume", guildId, volume: 5 });
    expect(await socket.closed()).toEqual({ code: 4002, reason });
    expect(await sendRequest(`${url}/player/${guildId}?user-id=1`)).toMatchObject({ status: 404 });
  });

  it("ignores an unknown operation", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "configureResuming", key: "x" });
    socket.send({ op: 5 });
    expect((await socket.settle()).map(typeOf)).toEqual(["connection-id", "metadata"]);
  });

  it("sends no reply to a failed operation, and keeps the connection", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "volume", guildId, volume: "loud" });
    socket.send({ op: "play", guildId, track: "!" });
    socket.send({ op: "filters", guildId, tremolo: { depth: 7 } });
    socket.send({ op: "seek", guildId: "text" });
    expect((await socket.settle()).map(typeOf)).toEqual(["connection-id", "metadata"]);
    socket.send({ op: "volume", guildId, volume: 5 });
    const [, , reply] = await socket.messages(3);
    expect(reply).toMatchObject({ op: "player-update", state: { volume: 5 } });
  });

  it("replies to a ping with all its fields and the user id of the connection", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    const ping = { op: "ping", guildId: 7, userId: "9", extra: { deep: [1, null, "☃"] }, __proto__x: 1 };
    socket.send(ping);
    const [, , pong] = await socket.messages(3);
    expect(pong).toEqual({ ...ping, op: "pong", userId: "1" });
  });

  it("an operation may override the user id for itself", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "volume", guildId, volume: 5, userId: "0009" });
    socket.send({ op: "get-player", guildId });
    socket.send({ op: "get-stats", userId: "9" });
    const [, , other, own, stats] = await socket.messages(5);
    expect(other).toMatchObject({ userId: "9", guildId, state: { volume: 5 } });
    expect(own).toEqual({ op: "player-update", userId: "1", guildId, state: null });
    expect(stats).toMatchObject({ op: "stats", userId: "1", stats: { players: { total: 1 } } });
  });

  it("reassembles fragments", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    const text = JSON.stringify({ op: "ping", snow: "☃" });
    const bytes = Buffer.from(text);
    const middle = bytes.indexOf(Buffer.from("☃")) + 1;
    socket.webSocket.send(bytes.subarray(0, middle), { binary: false, fin: false });
    socket.webSocket.send(bytes.subarray(middle), { binary: false, fin: true });
    const [, , pong] = await socket.messages(3);
    expect(pong).toMatchObject({ op: "pong", snow: "☃" });
  });

  it("closes the connection for a message above the limit", async () => {
    const { url } = await start({ webSocket: { maxMessageBytes: 2_048 } });
    const socket = await TestSocket.open(url);
    socket.send({ op: "ping", x: "x".repeat(3_000) });
    expect(await socket.closed()).toMatchObject({ code: 1009 });
  });
});

describe.each(everyNode)("9. the order of frames: $name", ({ start }) => {
  it("at the start: connection id, then metadata", async () => {
    const { url } = await start({ region: "eu" });
    const socket = await TestSocket.open(url);
    const [first, second] = await socket.messages(2);
    expect(first).toEqual({ op: "connection-id", id: socket.headers["andesite-connection-id"] });
    expect(second).toEqual({
      op: "metadata",
      data: {
        version,
        versionMajor: major,
        versionMinor: minor,
        versionRevision: revision,
        versionCommit: "unknown",
        versionBuild: -1,
        nodeRegion: "eu",
        nodeId: "unknown",
        enabledSources: expect.arrayContaining(["youtube", "local"]),
        loadedPlugins: [],
      },
    });
  });

  it("when a track is replaced: reply, end, state, start, state", async () => {
    const { url, track } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "play", guildId, track: track("another") });
    expect((await socket.messages(5)).map(typeOf)).toEqual([
      "player-update",
      "TrackEndEvent",
      "player-update",
      "TrackStartEvent",
      "player-update",
    ]);
    expect(socket.received[1]).toMatchObject({ op: "event", userId: "1", guildId, reason: "REPLACED" });
  });

  it("when a player is destroyed: reply, destroyed event, end of its track, null state", async () => {
    const { url, track } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    const [reply, ...rest] = await socket.settle();
    expect(reply).toMatchObject({ op: "player-update", state: { destroyed: true } });
    const common = { userId: "1", guildId };
    const gone = { op: "player-update", ...common, state: null };
    expect(rest).toEqual([
      { op: "event", type: "PlayerDestroyedEvent", ...common, cleanup: false },
      {
        op: "event",
        type: "TrackEndEvent",
        ...common,
        track: expect.any(String),
        reason: "STOPPED",
        mayStartNext: false,
      },
      gone,
    ]);
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    expect(await socket.settle()).toEqual([gone]);
  });

  it("when a player without a track is destroyed: reply, destroyed event", async () => {
    const { url, track } = await start();
    const socket = await TestSocket.open(url);
    for (const op of ["play", "stop"]) socket.send({ op, guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    expect((await socket.settle()).map(typeOf)).toEqual(["player-update", "PlayerDestroyedEvent"]);
  });
});

describe.each(everyNode)("10. subscriptions: $name", ({ start }) => {
  const events = (socket: TestSocket) => socket.received.filter(({ op }) => op === "event").map(typeOf);
  const replaced = ["TrackEndEvent", "TrackStartEvent"];

  it("only connections that sent a play receive events, each of them once", async () => {
    const node = await start();
    const { url } = node;
    const play = { op: "play", guildId, track: node.track("a song") };
    const [first, second, third] = [
      await TestSocket.open(url),
      await TestSocket.open(url),
      await TestSocket.open(url, { headers: { "User-Id": "2" } }),
    ];
    first.send(play);
    await first.settle();
    second.send({ op: "volume", guildId, volume: 3 });
    second.send({ op: "update", guildId, pause: true });
    second.send({ op: "mixer", guildId, players: {} });
    await second.settle();
    third.send(play);
    await third.settle();
    first.send({ ...play, noReplace: true });
    await first.settle();
    await playOverHttp(node, "another");
    await Promise.all([first.settle(), second.settle(), third.settle()]);
    expect(events(first)).toEqual(["TrackStartEvent", ...replaced]);
    expect(events(second)).toEqual([]);
    expect(events(third)).toEqual(["TrackStartEvent"]);
    second.send({ ...play, noReplace: true });
    await second.settle();
    await first.drop();
    await playOverHttp(node, "a third");
    await second.settle();
    expect(events(second)).toEqual(replaced);
  });

  it("a play over HTTP subscribes no connection", async () => {
    const node = await start();
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "get-player", guildId });
    await socket.settle();
    await playOverHttp(node, "a song");
    await socket.settle();
    expect(events(socket)).toEqual([]);
  });

  it("a player that is created again needs another play to be subscribed to", async () => {
    const node = await start();
    const socket = await TestSocket.open(node.url);
    const track = node.track("a song");
    for (const op of ["play", "destroy", "play"]) socket.send({ op, guildId, track });
    await socket.settle();
    expect(events(socket)).toEqual([
      "TrackStartEvent",
      "PlayerDestroyedEvent",
      "TrackEndEvent",
      "TrackStartEvent",
    ]);
    socket.send({ op: "destroy", guildId });
    await socket.settle();
    socket.received.length = 0;
    await playOverHttp(node, "a song");
    await socket.settle();
    expect(socket.received).toEqual([]);
  });

  it("all connections receive the end of a voice connection", async () => {
    const { url, closeVoice } = await start();
    const sockets = [await TestSocket.open(url), await TestSocket.open(url, { headers: { "User-Id": "2" } })];
    await closeVoice("1", guildId);
    for (const socket of sockets) {
      const [, , event] = await socket.messages(3);
      expect(event).toEqual({
        op: "event",
        type: "WebSocketClosedEvent",
        userId: "1",
        guildId,
        reason: expect.any(String),
        code: expect.any(Number),
        byRemote: expect.any(Boolean),
      });
    }
  });
});

describe("10. subscriptions: events that a real node does not produce on demand", () => {
  it("a stuck track is sent like every other event", async () => {
    const { url, players, track } = await startTestNode();
    const socket = await TestSocket.open(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    players.emitEvent("1", guildId, "TrackStuckEvent", { track: track("a song"), thresholdMs: 10_000 });
    expect((await socket.messages(2)).map(typeOf)).toEqual(["TrackStuckEvent", "player-update"]);
  });
});
