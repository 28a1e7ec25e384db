// Lines 8 to 10 of section 17 of the protocol.

import { describe, expect, it } from "vitest";
import {
  ask,
  type CheckedNode,
  everyNode,
  type Json,
  startTestNode,
  TestSocket,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";
/** Plays over HTTP, as somebody who follows nothing. */
const playOverHttp = ({ url, track }: CheckedNode, title: string) =>
  ask(`${url}/player/${guildId}/play`, {
    method: "POST",
    headers: { "User-Id": "1" },
    body: { track: track(title) },
  });

const kind = (message: Json) => message["type"] ?? message["op"];

describe.each(everyNode)("8. frames: $name", ({ start }) => {
  it.each([
    ["text", "hello"],
    ["an array", "[]"],
    ["a number", "1"],
    ["null", "null"],
    ["nothing", ""],
    ["binary", Buffer.from([1, 2, 3])],
    ["broken UTF-8 in text", { bytes: [0x7b, 0x22, 0xff, 0x22, 0x7d], binary: false }],
    ["broken UTF-8 in binary", { bytes: [0x7b, 0x22, 0xff, 0x22, 0x7d], binary: true }],
  ])("%s end the connection with 4001", async (_name, frame) => {
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
  ])("%j ends it with 4002", async (message, reason) => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send(message);
    // What comes after is not carried out.
    socket.send({ op: "volume", guildId, volume: 5 });
    expect(await socket.closed()).toEqual({ code: 4002, reason });
    expect(await ask(`${url}/player/${guildId}?user-id=1`)).toMatchObject({ status: 404 });
  });

  it("an unknown operation is ignored", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "configureResuming", key: "x" });
    socket.send({ op: 5 });
    expect((await socket.settle()).map(kind)).toEqual(["connection-id", "metadata"]);
  });

  it("an operation that fails is not answered, and the connection stays", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "volume", guildId, volume: "loud" });
    socket.send({ op: "play", guildId, track: "!" });
    socket.send({ op: "filters", guildId, tremolo: { depth: 7 } });
    socket.send({ op: "seek", guildId: "text" });
    expect((await socket.settle()).map(kind)).toEqual(["connection-id", "metadata"]);
    socket.send({ op: "volume", guildId, volume: 5 });
    const [, , reply] = await socket.messages(3);
    expect(reply).toMatchObject({ op: "player-update", state: { volume: 5 } });
  });

  it("a ping comes back with all that it held, as from the connection's user", async () => {
    const { url } = await start();
    const socket = await TestSocket.open(url);
    const ping = { op: "ping", guildId: 7, userId: "9", extra: { deep: [1, null, "☃"] }, __proto__x: 1 };
    socket.send(ping);
    const [, , pong] = await socket.messages(3);
    expect(pong).toEqual({ ...ping, op: "pong", userId: "1" });
  });

  it("an operation may name another user, for itself alone", async () => {
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

  it("fragments are put together", async () => {
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

  it("a message beyond the limit ends the connection", async () => {
    const { url } = await start({ webSocket: { maxMessageBytes: 2_048 } });
    const socket = await TestSocket.open(url);
    socket.send({ op: "ping", x: "x".repeat(3_000) });
    expect(await socket.closed()).toMatchObject({ code: 1009 });
  });
});

describe.each(everyNode)("9. the order of frames: $name", ({ start }) => {
  it("at the start: who the connection is, then who the node is", async () => {
    const { url } = await start({ region: "eu" });
    const socket = await TestSocket.open(url);
    const [first, second] = await socket.messages(2);
    expect(first).toEqual({ op: "connection-id", id: socket.headers["andesite-connection-id"] });
    expect(second).toEqual({
      op: "metadata",
      data: {
        version: "0.1.0",
        versionMajor: "0",
        versionMinor: "1",
        versionRevision: "0",
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
    expect((await socket.messages(5)).map(kind)).toEqual([
      "player-update",
      "TrackEndEvent",
      "player-update",
      "TrackStartEvent",
      "player-update",
    ]);
    expect(socket.received[1]).toMatchObject({ op: "event", userId: "1", guildId, reason: "REPLACED" });
  });

  it("when a player is destroyed: reply, that it is gone, the end of its track, and nothing more", async () => {
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
        ...{ op: "event", type: "TrackEndEvent", ...common, track: expect.any(String) },
        ...{ reason: "STOPPED", mayStartNext: false },
      },
      gone,
    ]);
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    expect(await socket.settle()).toEqual([gone]);
  });

  it("when a player without a track is destroyed: reply, that it is gone, and nothing more", async () => {
    const { url, track } = await start();
    const socket = await TestSocket.open(url);
    for (const op of ["play", "stop"]) socket.send({ op, guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    expect((await socket.settle()).map(kind)).toEqual(["player-update", "PlayerDestroyedEvent"]);
  });
});

describe.each(everyNode)("10. who receives what: $name", ({ start }) => {
  const events = (socket: TestSocket) => socket.received.filter(({ op }) => op === "event").map(kind);
  const replaced = ["TrackEndEvent", "TrackStartEvent"];

  it("whoever sent a play, once however often, and nobody else", async () => {
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

  it("a play over HTTP follows nothing", async () => {
    const node = await start();
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "get-player", guildId });
    await socket.settle();
    await playOverHttp(node, "a song");
    await socket.settle();
    expect(events(socket)).toEqual([]);
  });

  it("a player of the same guild that is made again is followed again after a play", async () => {
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

  it("the end of a voice connection is told to everybody", async () => {
    const { url, closeVoice } = await start();
    const sockets = [await TestSocket.open(url), await TestSocket.open(url, { headers: { "User-Id": "2" } })];
    await closeVoice("1", guildId);
    for (const socket of sockets) {
      const [, , event] = await socket.messages(3);
      expect(event).toEqual({
        ...{ op: "event", type: "WebSocketClosedEvent", userId: "1", guildId },
        ...{ reason: expect.any(String), code: expect.any(Number), byRemote: expect.any(Boolean) },
      });
    }
  });
});

describe("10. who receives what, of what a whole node does not do when it is told to", () => {
  it("a stuck track is told like every event", async () => {
    const { url, players, track } = await startTestNode();
    const socket = await TestSocket.open(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    players.emitEvent("1", guildId, "TrackStuckEvent", { track: track("a song"), thresholdMs: 10_000 });
    expect((await socket.messages(2)).map(kind)).toEqual(["TrackStuckEvent", "player-update"]);
  });
});
