// Line 17 of section 17 of the protocol.

import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import {
  everyNode,
  sendRequest,
  startTestNode,
  TestSocket,
  waitForSocketCount,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const userId = { "User-Id": "1", "Num-Shards": "1", "Client-Name": "x" };

/** Opens a WebSocket of the dialect, and forgets the statistics that come first. */
async function openLavalink(url: string, how: object = { path: "/", headers: userId }): Promise<TestSocket> {
  const socket = await TestSocket.open(url, how);
  await socket.until(() => socket.received.some(({ op }) => op === "stats"));
  socket.received.splice(
    socket.received.findIndex(({ op }) => op === "stats"),
    1,
  );
  return socket;
}

describe.each(everyNode)("17. the dialect of Lavalink 3: $name", ({ start }) => {
  it.each([
    ["its path", { path: "/", headers: userId }],
    ["a header", { headers: { ...userId, "Andesite-Compat": "lavalink" } }],
    ["a parameter", { path: "/websocket?lavalink", headers: userId }],
  ])("is selected by %s and sends statistics first, by which clients choose a node", async (_name, how) => {
    const { url } = await start();
    const socket = await TestSocket.open(url, how);
    expect(await socket.settle()).toEqual([expect.objectContaining({ op: "stats", players: 0 })]);
    expect(socket.headers["andesite-connection-id"]).toMatch(/^\d+$/);
  });

  it("has a configurable path", async () => {
    const { url } = await start({ webSocket: { lavalinkPath: "/lava" } });
    const socket = await openLavalink(url, { path: "/lava", headers: userId });
    socket.send({ op: "stop", guildId });
    const [update] = await socket.messages(1);
    expect(update).toMatchObject({ op: "playerUpdate", state: { paused: false } });
    expect(update).not.toHaveProperty("state.position");
  });

  it("accepts Lavalink's operations, with times and volume as strings", async () => {
    const { url, track } = await start();
    const socket = await openLavalink(url);
    socket.send({ op: "voiceUpdate", guildId, sessionId: "s", event: { token: "t", endpoint: null } });
    socket.send({
      op: "play",
      guildId,
      track: track("a song"),
      startTime: "1500",
      endTime: "20000",
      volume: "42",
    });
    const [played] = await socket.messages(1);
    expect(played).toMatchObject({ op: "playerUpdate", guildId, state: { position: 1_500, volume: 42 } });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "seek", guildId, position: 9_000 });
    socket.send({ op: "pause", guildId, pause: true });
    socket.send({ op: "volume", guildId, volume: 7 });
    socket.send({ op: "equalizer", guildId, bands: [{ band: 3, gain: 0.5 }] });
    const updates = await socket.messages(4);
    expect(updates.every(({ op }) => op === "playerUpdate")).toBe(true);
    expect(updates[3]).toMatchObject({
      state: {
        position: 9_000,
        paused: true,
        volume: 7,
        filters: { equalizer: { enabled: true, bands: expect.arrayContaining([{ band: 3, gain: 0.5 }]) } },
      },
    });
  });

  it("takes Lavalink's filters for the whole chain", async () => {
    const { url } = await start();
    const socket = await openLavalink(url);
    const filters = async (given: object) => {
      socket.received.length = 0;
      socket.send({ op: "filters", guildId, ...given });
      const [{ state }] = (await socket.messages(1)) as [{ state: { filters: Record<string, object> } }];
      const enabled = Object.entries(state.filters).filter(([, filter]) => Reflect.get(filter, "enabled"));
      return Object.fromEntries(enabled);
    };
    const bands = Array.from({ length: 15 }, (_, band) => ({ band, gain: band === 0 ? 0.25 : 0 }));
    expect(
      await filters({
        volume: 0.5,
        equalizer: [{ band: 0, gain: 0.25 }],
        channelMix: { leftToRight: 0.5 },
        lowPass: { smoothing: 5 },
        rotation: { rotationHz: 0.2 },
      }),
    ).toEqual({
      volume: { volume: 0.5, enabled: true },
      equalizer: { bands, enabled: true },
      channelmix: { leftToLeft: 1, leftToRight: 0.5, rightToLeft: 0, rightToRight: 1, enabled: true },
      lowpass: { smoothing: 5, enabled: true },
      rotation: { rotationHz: 0.2, enabled: true },
    });
    expect(Object.keys(await filters({ karaoke: {}, tremolo: {}, vibrato: {}, lowpass: {} }))).toEqual([
      "karaoke",
      "lowpass",
      "tremolo",
      "vibrato",
    ]);
    const off = { timescale: null, equalizer: [], tremolo: { depth: 0 }, rotation: { rotationHz: 0 } };
    expect(await filters(off)).toEqual({});
    expect(Object.keys(await filters({ timescale: { speed: 2 } }))).toEqual(["timescale"]);
    expect(await filters({})).toEqual({});
  });

  it("sends the events of a destroyed player and its track, without a null state", async () => {
    const { url, track } = await start();
    const socket = await openLavalink(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    const [reply, ...rest] = await socket.settle();
    expect(reply).toMatchObject({ op: "playerUpdate", state: { destroyed: true } });
    expect(rest).toMatchObject([
      { type: "PlayerDestroyedEvent" },
      { type: "TrackEndEvent", reason: "STOPPED" },
    ]);
    expect(rest).toHaveLength(2);
  });

  it("sends no reply about a player that does not exist", async () => {
    const { url } = await start();
    const socket = await openLavalink(url);
    socket.send({ op: "get-player", guildId });
    socket.send({ op: "destroy", guildId });
    expect(await socket.settle()).toEqual([]);
  });

  it("sends periodic statistics without a user id, and replies to get-stats in Andesite's format", async () => {
    const { url } = await start({ webSocket: { lavalinkStatsMs: 100 } });
    const socket = await openLavalink(url);
    const [stats] = await socket.messages(1);
    expect(stats).toEqual({
      op: "stats",
      players: 0,
      playingPlayers: 0,
      uptime: expect.any(Number),
      memory: {
        free: expect.any(Number),
        used: expect.any(Number),
        allocated: expect.any(Number),
        reservable: expect.any(Number),
      },
      cpu: { cores: expect.any(Number), systemLoad: expect.any(Number), lavalinkLoad: expect.any(Number) },
    });
    socket.send({ op: "get-stats" });
    await socket.until(() => socket.received.some((message) => "stats" in message));
    expect(socket.received.find((message) => "stats" in message)).toMatchObject({ userId: "1" });
  });

  it("includes load failures in Lavalink's format if requested", async () => {
    const { url, identifiers } = await start();
    const load = `${url}/loadtracks?identifier=${encodeURIComponent(identifiers.failure)}`;
    const exception = { message: expect.stringMatching(/./), severity: "COMMON" };
    expect(await sendRequest(`${load}&lavalink`)).toMatchObject({
      body: { loadType: "LOAD_FAILED", exception },
    });
    const headers = { "Andesite-Compat": "lavalink" };
    expect(await sendRequest(load, { headers })).toMatchObject({ body: { exception } });
    expect((await sendRequest(load)).body).not.toHaveProperty("exception");
  });

  it("supports event buffers of Andesite", async () => {
    const node = await start();
    const { url, track } = node;
    const socket = await openLavalink(url);
    socket.send({ op: "event-buffer", timeout: 60_000 });
    socket.send({ op: "play", guildId, track: track("a song") });
    await socket.settle();
    await socket.drop();
    await waitForSocketCount(node, 0);
    await sendRequest(`${url}/player/${guildId}/stop`, { method: "POST", headers: userId });
    const id = String(socket.headers["andesite-connection-id"]);
    const again = await openLavalink(url, { path: "/", headers: { ...userId, "Andesite-Resume-Id": id } });
    const [end, update, ...others] = await again.settle();
    expect(end).toMatchObject({ op: "event", type: "TrackEndEvent", reason: "STOPPED" });
    expect(update).toMatchObject({ op: "playerUpdate", guildId });
    expect(update).not.toHaveProperty("state.position");
    expect(others).toEqual([]);
  });

  it("sends the end of a voice connection to all clients, as in Andesite", async () => {
    const { url, closeVoice } = await start();
    const socket = await openLavalink(url);
    await closeVoice("1", guildId);
    expect((await socket.messages(1))[0]).toEqual({
      op: "event",
      type: "WebSocketClosedEvent",
      userId: "1",
      guildId,
      reason: expect.any(String),
      code: expect.any(Number),
      byRemote: expect.any(Boolean),
    });
  });
});

it("17. the dialect of Lavalink 3 always has a string as reason for the end of a voice connection", async () => {
  const { url, players } = await startTestNode();
  const socket = await openLavalink(url);
  players.emitEvent("1", guildId, "WebSocketClosedEvent", { reason: null, code: 1, byRemote: false }, true);
  players.emitEvent("1", guildId, "WebSocketClosedEvent", { reason: "x", code: 1, byRemote: false }, true);
  expect((await socket.messages(2)).map(({ reason }) => reason)).toEqual(["", "x"]);
});

it("17. the dialect of Lavalink 3 has the severity of a track that fails during playback", async () => {
  const { url, identifiers } = await everyNode[1].start();
  const socket = await openLavalink(url);
  const file = identifiers.failure.replace("raw:", "");
  const info = { title: "broken", author: "Nobody", lengthMs: 60_000, identifier: file, uri: file };
  const source = { name: "local", probe: { name: "mp3", parameters: null } };
  socket.send({ op: "play", guildId, track: encodeTrack({ info, source }), radio: true });
  await socket.until(() => socket.received.some(({ type }) => type === "TrackEndEvent"));
  expect(socket.received.find(({ type }) => type === "TrackExceptionEvent")).toMatchObject({
    error: expect.stringMatching(/./),
    exception: { message: expect.stringMatching(/./), severity: "COMMON" },
  });
});
