// Players of Lavalink 4 nodes, driven by the classes of the library: on Asterite's node, with the test kit's Discord voice
// server. Sections 5 to 8 and 13 of the Lavalink protocol.

import {
  AuthenticationError,
  type Client,
  OperationFailedEvent,
  PlayerDestroyedEvent,
  ProblemEvent,
  TrackEndEvent,
  TrackStartEvent,
  WebSocketConnectEvent,
} from "@asterite/andesite";
import {
  createLavalinkClient,
  LavalinkWebSocket,
  type LavalinkWebSocketOptions,
  UnsupportedOperationError,
} from "@asterite/andesite/lavalink";
import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { closeAfterTest, encoded, startNode } from "../support/andesite.ts";
import { setUpVoice, VoiceNode, type VoiceSetUp, voiceNodePassword } from "../support/voice-node.ts";

const [userId, guildId, channelId] = ["1", "2", "3"];
const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };

/** Joins the call, as a bot does with the packets of Discord. */
const join = (client: Client, { server }: VoiceSetUp) =>
  client.voiceServerUpdate(
    guildId,
    "s",
    { guild_id: guildId, endpoint: server.endpoint, token: "t" },
    { channelId },
  );

/** Waits for further audio packets of a session of the call. */
async function waitForAudio({ server }: VoiceSetUp, sessions: number): Promise<void> {
  await server.until(() => server.sessions.length >= sessions, `session ${sessions}`);
  const { packets } = server.session;
  const { length } = packets;
  await server.until(() => packets.length >= length + 5, "audio");
}

/** Ends the connection of a client as the loss of the network does. */
function loseConnection({ webSocket }: Client): void {
  if (webSocket instanceof LavalinkWebSocket) webSocket.webSocketClient?.terminate();
}

async function start(options: LavalinkWebSocketOptions = quick, keepsPlayers = false) {
  const voice = await setUpVoice();
  const setUp = keepsPlayers ? { ...voice, keepFile: `${voice.file}.players` } : voice;
  const node = await VoiceNode.start(setUp);
  const client = closeAfterTest(createLavalinkClient(node.url, voiceNodePassword, userId, options));
  const problems: unknown[] = [];
  client.on(ProblemEvent, ({ error }) => problems.push(error));
  /** Returns the player in the form of Lavalink. */
  const player = async () =>
    await client.request("GET", `v4/sessions/${client.connectionId}/players/${guildId}`);
  const load = async () => (await client.loadTracks(setUp.file)).tracks?.[0]?.track ?? "";
  return { setUp, node, client, problems, player, load };
}

describe("a player of a Lavalink node", { timeout: 60_000 }, () => {
  it("plays, seeks, pauses, filters, stops and is destroyed, with the events of Andesite", async () => {
    const { setUp, client, problems, player, load } = await start();
    const track = await load();
    const started = client.subscribe(TrackStartEvent).first();
    await join(client, setUp);
    await client.play(guildId, track, { volume: 0.5, userData: { id: 7 } });
    expect(await started).toMatchObject({ guildId, userData: { id: 7 } });
    await waitForAudio(setUp, 1);
    expect(await client.getPlayer(guildId)).toMatchObject({ volume: 0.5, paused: false });

    await client.seek(guildId, 30);
    await client.pause(guildId, true);
    await client.volume(guildId, 0.4);
    await client.filters(guildId, { timescale: { speed: 1.5 } });
    await client.update(guildId, { filters: { lowpass: { smoothing: 30 } } });
    const state = await client.getPlayer(guildId);
    expect(state).toMatchObject({ paused: true, volume: 0.4 });
    expect(state?.position).toBeGreaterThanOrEqual(30);
    expect(state?.filters.timescale).toMatchObject({ speed: 1.5, enabled: true });
    expect(await player()).toMatchObject({
      paused: true,
      volume: 40,
      state: { connected: true },
      filters: { timescale: { speed: 1.5 }, lowPass: { smoothing: 30 } },
    });
    // The rest of a filter stays, and a filter that is off again is removed.
    await client.update(guildId, {
      pause: false,
      filters: { timescale: { pitch: 2 }, lowpass: { smoothing: 20 } },
    });
    expect((await client.getPlayer(guildId))?.paused).toBe(false);
    expect(await player()).toMatchObject({ filters: { timescale: { speed: 1.5, pitch: 2 } } });
    expect(await player()).not.toHaveProperty("filters.lowPass");
    expect(await client.ping(guildId)).toBeGreaterThan(0);

    const ended = client.subscribe(TrackEndEvent).first();
    await client.stop(guildId);
    expect(await ended).toMatchObject({ reason: "STOPPED", userData: { id: 7 }, mayStartNext: false });
    expect((await client.getPlayer(guildId))?.position).toBeNull();
    const destroyed = client.subscribe(PlayerDestroyedEvent).first();
    await client.destroy(guildId);
    expect(await destroyed).toMatchObject({ guildId, cleanup: false });
    expect(await client.getPlayer(guildId)).toBeNull();
    expect(problems).toEqual([]);
  });

  it("continues when its connection is lost, with the events since then", async () => {
    // A short connection is followed by a delay, so that the client stays away until the clock is moved.
    const clock = new FakeClock();
    const { setUp, client, problems, load, node } = await start({ clock });
    await join(client, setUp);
    await client.play(guildId, await load(), { userData: { id: 7 } });
    await client.filters(guildId, { timescale: { speed: 1.5 } });
    await waitForAudio(setUp, 1);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    const ended = client.subscribe(TrackEndEvent).first();
    loseConnection(client);
    await node.waitForLostSessions(1);
    await fetch(`${node.url}/v4/sessions/${connectionId}/players/${guildId}`, {
      method: "PATCH",
      headers: { Authorization: voiceNodePassword, "Content-Type": "application/json" },
      body: JSON.stringify({ track: { encoded: null } }),
    });
    await clock.advance(1_000);
    await reconnected;
    expect(client.connectionId).toBe(connectionId);
    expect(await ended).toMatchObject({ reason: "STOPPED", userData: { id: 7 } });
    // A change of one filter builds on the others of the resumed player.
    await client.filters(guildId, { volume: { volume: 0.5 } });
    const state = await client.getPlayer(guildId);
    expect(state?.filters.timescale.speed).toBe(1.5);
    expect(setUp.server.sessions).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it("is not played again when its connection was lost", async () => {
    const { setUp, client, load } = await start();
    await join(client, setUp);
    await client.play(guildId, await load());
    await waitForAudio(setUp, 1);
    await client.getPlayer(guildId);
    const starts: unknown[] = [];
    client.on(TrackStartEvent, (event) => starts.push(event));
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    loseConnection(client);
    await reconnected;
    await client.pause(guildId, true);
    expect(await client.getPlayer(guildId)).toMatchObject({ paused: true });
    expect(starts).toEqual([]);
  });

  it("is restored by the library when the node was restarted", async () => {
    const { setUp, node, client, problems, load, player } = await start();
    await join(client, setUp);
    await client.play(guildId, await load(), { start: 20, volume: 0.5, userData: { id: 7 } });
    await client.filters(guildId, { timescale: { speed: 1.5 } });
    await waitForAudio(setUp, 1);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    const restarted = client.subscribe(TrackStartEvent).first();
    await node.stop();
    await node.restart();
    expect(await restarted).toMatchObject({ userData: { id: 7 } });
    expect(client.connectionId).not.toBe(connectionId);
    await waitForAudio(setUp, 2);
    const state = await client.getPlayer(guildId);
    expect(state).toMatchObject({ volume: 0.5, paused: false });
    expect(state?.position).toBeGreaterThanOrEqual(20);
    expect(await player()).toMatchObject({ filters: { timescale: { speed: 1.5 } } });
    expect(problems).toEqual([]);
  });

  it("continues on a node that keeps its players over a restart", async () => {
    const { setUp, node, client, problems, load } = await start(quick, true);
    await join(client, setUp);
    await client.play(guildId, await load(), { start: 20, volume: 0.5, userData: { id: 7 } });
    await client.filters(guildId, { timescale: { speed: 1.5 } });
    await waitForAudio(setUp, 1);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    await node.stop();
    await node.restart();
    await reconnected;
    expect(client.connectionId).toBe(connectionId);
    await waitForAudio(setUp, 2);
    const state = await client.getPlayer(guildId);
    expect(state).toMatchObject({ volume: 0.5, paused: false });
    expect(state?.position).toBeGreaterThanOrEqual(20);
    expect(state?.filters.timescale.speed).toBe(1.5);
    const ended = client.subscribe(TrackEndEvent).first();
    await client.stop(guildId);
    expect(await ended).toMatchObject({ reason: "STOPPED", userData: { id: 7 } });
    expect(problems).toEqual([]);
  });
});

describe("what a Lavalink node cannot do", () => {
  const rejection = (field: string | null, operation: string) => ({
    name: "UnsupportedOperationError",
    code: "UNSUPPORTED_OPERATION",
    field,
    operation,
  });

  it("rejects with the name of the operation or the field, and sends nothing", async () => {
    const { client, problems } = await start();
    await client.connect();
    const track = encoded("A");
    await expect(client.mixer(guildId, true)).rejects.toMatchObject(rejection(null, "mixer"));
    await expect(client.send(guildId, "dance", {})).rejects.toThrow(UnsupportedOperationError);
    for (const option of [{ radio: true }, { next: true }, { crossfade: 2 }, { normalize: true }]) {
      const [field = ""] = Object.keys(option);
      await expect(client.play(guildId, track, option)).rejects.toMatchObject(rejection(field, "play"));
    }
    await expect(client.filters(guildId, { sparkle: { delay: 1 } })).rejects.toMatchObject(
      rejection("filters.sparkle", "filters"),
    );
    await expect(client.update(guildId, { pause: true, filters: { sparkle: {} } })).rejects.toMatchObject(
      rejection("filters.sparkle", "update"),
    );
    const event = { guild_id: guildId, endpoint: "e", token: "t" };
    await expect(client.voiceServerUpdate(guildId, "s", event)).rejects.toThrow("channelId");
    expect(await client.getPlayer(guildId)).toBeNull();
    expect(problems).toEqual([]);
  });

  it("reports a filter that was sent before the node was known, and applies the others", async () => {
    const { client, problems } = await start();
    await client.filters(guildId, { sparkle: { delay: 1 }, timescale: { speed: 1.5 } });
    expect((await client.getPlayer(guildId))?.filters.timescale.speed).toBe(1.5);
    expect(problems).toMatchObject([rejection("filters.sparkle", "filters")]);
  });

  it("is an event when the node refuses an operation", async () => {
    const { client } = await start();
    const failed = client.subscribe(OperationFailedEvent).first();
    await client.send(guildId, "play", { track: "QUJD" });
    expect(await failed).toMatchObject({
      guildId,
      operation: "play",
      track: "QUJD",
      error: expect.stringContaining("track.encoded"),
    });
    expect((await failed).exception.className).toBe("HTTPError");
  });
});

describe("connecting to a Lavalink node", () => {
  it("rejects with a wrong password, a wrong server and a wrong path", async () => {
    const { node } = await start();
    const wrong = closeAfterTest(createLavalinkClient(node.url, "wrong", userId, quick));
    await expect(wrong.connect()).rejects.toThrow(AuthenticationError);
    const { httpUrl } = await startNode();
    const andesite = closeAfterTest(createLavalinkClient(httpUrl, null, userId, quick));
    await expect(andesite.connect({ maxAttempts: 1 })).rejects.toMatchObject({
      cause: { name: "WrongAddressError", message: expect.stringContaining("Lavalink 4") },
    });
    expect(() => new LavalinkWebSocket("ws://localhost:2333/", userId, null)).toThrow("/v4/websocket");
    expect(() => createLavalinkClient("ws://localhost:2333/", null, userId)).toThrow("uri");
  });
});
