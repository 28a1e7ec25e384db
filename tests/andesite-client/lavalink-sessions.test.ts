// What Lavalink 4.2.2 was recorded to do and Asterite's node does not: order of messages, errors, sessions that are lost.

import {
  type Client,
  OperationFailedEvent,
  PlayerUpdate,
  ProblemEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  WebSocketClosedEvent,
  WebSocketConnectEvent,
} from "@asterite/andesite";
import { StatsUpdate } from "@asterite/andesite/advanced";
import { createLavalinkClient, type LavalinkWebSocketOptions } from "@asterite/andesite/lavalink";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { readRecording } from "../andesite-node/lavalink4-vectors/recorded-node.ts";
import { closeAfterTest, until } from "../support/andesite.ts";
import { ScriptedLavalink } from "../support/lavalink4-script.ts";

const guildId = "601";
const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };

/** Returns a track; Lavalink encodes it again in events, with the position that it has reached. */
const track = (identifier: string, positionMs = 0) =>
  encodeTrack({
    info: { title: "Unknown title", author: "Unknown artist", lengthMs: 20_000, identifier },
    source: { name: "http", probe: { name: "wav", parameters: null } },
    positionMs,
  });

const event = (type: string, encoded?: string, more: object = {}) => ({
  op: "event",
  type,
  guildId,
  ...(encoded !== undefined && { track: { encoded, info: {}, pluginInfo: {}, userData: {} } }),
  ...more,
});

interface RecordedSequence {
  readonly name: string;
  readonly steps: readonly { readonly body?: unknown }[];
  readonly events: readonly {
    readonly type: string;
    readonly track?: string;
    readonly userData?: unknown;
    readonly reason?: string;
    readonly positionMs?: number;
  }[];
}

interface RecordedResponse {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string };
  readonly response: { readonly status: number; readonly body: unknown };
}

const exception = {
  message: "Something broke when playing the track.",
  severity: "fault",
  cause: "java.io.FileNotFoundException: gone.wav",
  causeStackTrace: "",
};
const endReasons = new Map([
  ["finished", "FINISHED"],
  ["loadFailed", "LOAD_FAILED"],
  ["stopped", "STOPPED"],
  ["replaced", "REPLACED"],
]);

const sequences = await readRecording<RecordedSequence>("sequences");

async function start(options: LavalinkWebSocketOptions = quick) {
  const node = await ScriptedLavalink.start();
  const client = closeAfterTest(createLavalinkClient(node.url, null, "1", options));
  const problems: unknown[] = [];
  client.on(ProblemEvent, ({ error }) => problems.push(error));
  /** Returns the requests for players since the last call, as `METHOD body`. */
  const playerRequests = () =>
    node.requests
      .splice(0)
      .filter(({ path, method }) => path.includes("/players") && method !== "GET")
      .map(({ method, body }) => [method, body]);
  return { node, client, problems, playerRequests };
}

/** Collects the events of tracks, with data and reason. */
function recordEvents(client: Client): unknown[] {
  const seen: unknown[] = [];
  for (const type of [TrackStartEvent, TrackExceptionEvent]) {
    client.on(type, ({ userData }) => seen.push([type.name, userData, undefined]));
  }
  client.on(TrackEndEvent, ({ userData, reason }) => seen.push(["TrackEndEvent", userData, reason]));
  client.on(WebSocketClosedEvent, ({ reason }) => seen.push(["WebSocketClosedEvent", reason]));
  return seen;
}

describe("messages of Lavalink 4.2.2", () => {
  it("may come in front of ready", async () => {
    const { node, client, problems } = await start();
    node.before = [{ op: "stats", players: 3, playingPlayers: 1, uptime: 1, frameStats: null }];
    const stats = client.subscribe(StatsUpdate).first();
    await client.connect();
    expect((await stats).stats.players.total).toBe(3);
    expect(client.connectionId).toBe(node.session.id);
    expect(problems).toEqual([]);
  });

  it.each(sequences)(
    "are the events of the operation that started a track: $name",
    async ({ steps, events }) => {
      const { node, client, problems } = await start();
      const seen = recordEvents(client);
      for (const { body } of steps) {
        const { encoded, userData } = Object(Object(body).track);
        if (encoded) await client.play(guildId, track(encoded), { userData: { mine: userData ?? {} } });
      }
      await client.getPlayer(guildId);
      for (const { type, track: name, positionMs, ...more } of events) {
        // Lavalink encodes a track again, with the position that it has reached.
        const encoded = name === undefined ? undefined : track(`{track:${name}}`, positionMs);
        node.emit(event(type, encoded, { exception, ...more }));
      }
      await until(() => seen.length >= events.length);
      expect(seen).toEqual(
        events.map(({ type, track: name, userData, reason = "" }) =>
          name === undefined ? [type, reason] : [type, { mine: userData }, endReasons.get(reason)],
        ),
      );
      expect(problems).toEqual([]);
    },
  );

  it("are read in every recorded response for a player", async () => {
    const { node, client } = await start();
    const recordings = (await readRecording<RecordedResponse>("players")).filter(
      ({ request: { method, path } }) => method === "PATCH" && path.startsWith("/v4/sessions/{sessionId}/"),
    );
    expect(recordings.length).toBeGreaterThan(100);
    for (const { name, response } of recordings) {
      node.respond = ({ path }) => (path.includes("/players") ? response : undefined);
      const outcome = client.subscribe([PlayerUpdate, OperationFailedEvent, ProblemEvent]).first();
      await client.stop(guildId);
      const { volume, paused, message } = Object(response.body);
      expect(await outcome, name).toMatchObject(
        response.status === 200 ? { state: { volume: volume / 100, paused } } : { error: message },
      );
    }
  });
});

describe("errors of Lavalink 4.2.2", () => {
  it.each([
    [500, "Internal Server Error", "Something broke when decoding the track"],
    [400, "Bad Request", "Bad Request"],
    [500, "Internal Server Error", "Failed to connect to voice server"],
  ])("are events with the message: %s %s", async (status, reason, message) => {
    const { node, client, problems } = await start();
    node.respond = ({ method, path }) =>
      method === "PATCH" && path.includes("/players")
        ? { status, body: { timestamp: 0, status, error: reason, message, path } }
        : undefined;
    const failed = client.subscribe(OperationFailedEvent).first();
    await client.play(guildId, track("a"));
    expect(await failed).toMatchObject({ operation: "play", track: track("a"), error: message });
    // It is not sent again.
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    await client.ping(guildId);
    node.session.socket?.terminate();
    await reconnected;
    await client.ping(guildId);
    expect(
      node.requests.filter(({ method, path }) => method === "PATCH" && path.includes("/players")),
    ).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it("end neither process nor client, whatever the peer sends", async () => {
    const { node, client, problems } = await start();
    await client.play(guildId, track("a"));
    await client.getPlayer(guildId);
    node.session.socket?.send("not JSON");
    // `JSON.stringify` exhausts the stack for it.
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    node.session.socket?.send(`{"op":"event","type":"NewEvent","guildId":"${guildId}","deep":${deep}}`);
    node.emit(
      { op: "event" },
      { op: "event", type: "TrackEndEvent", guildId: 5, track: 7 },
      { op: "playerUpdate", guildId, state: { position: "far" } },
      { op: "unknown" },
    );
    node.respond = ({ method }) => (method === "GET" ? { status: 200, body: 5 } : undefined);
    const failed = client.subscribe(OperationFailedEvent).first();
    const reply = client.getPlayer(guildId).catch(() => null);
    expect(await failed).toMatchObject({ operation: "get-player", track: null });
    await reply;
    node.respond = () => undefined;
    expect(await client.getPlayer(guildId)).toMatchObject({ position: 0 });
    expect(problems).toContainEqual(expect.objectContaining({ code: "MALFORMED_DATA" }));
    expect(problems).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("less deep nesting") }),
    );
  });

  it.each([
    ["ready without a session", { op: "ready" }, undefined],
    ["no ready", { op: "connection-id", id: "a" }, undefined],
    ["information without filters", null, "many"],
  ])("fail the attempt to connect: %s", async (_name, ready, filters) => {
    const { node, client } = await start();
    node.ready = ready;
    if (filters) node.filters = filters;
    await expect(client.connect({ maxAttempts: 1 })).rejects.toMatchObject({ name: "ConnectionError" });
    expect(client.connectError).not.toBeNull();
  });
});

it("stays in its session when the node sends ready again", async () => {
  const { node, client, problems, playerRequests } = await start();
  await client.volume(guildId, 0.5);
  await until(() => playerRequests().length > 0);
  const { id } = node.session;
  node.emit({ op: "ready", resumed: true, sessionId: "another" });
  await until(() => problems.length > 0);
  expect(problems).toEqual([
    expect.objectContaining({ code: "MALFORMED_DATA", message: "ready should be sent once on a connection" }),
  ]);
  expect(client.connectionId).toBe(id);
  const before = node.requests.length;
  await client.pause(guildId, true);
  await until(() => node.requests.length > before);
  expect(node.requests.at(-1)?.path).toBe(`/v4/sessions/${id}/players/${guildId}`);
});

it("ends a connection that sends too much in front of ready", async () => {
  const { node, client } = await start();
  node.before = Array(3).fill(`{"op":"stats","text":"${"x".repeat(15_000_000)}"}`);
  await expect(client.connect({ maxAttempts: 1 })).rejects.toMatchObject({ name: "ConnectionError" });
});

describe("filters of a node that has not all of them", () => {
  it("are sent without those that are off, and rejected with an effect", async () => {
    const { client, playerRequests } = await start();
    await client.connect();
    await client.filters(guildId, { lowpass: { smoothing: 20 }, tremolo: { depth: 0.3 } });
    await expect(client.filters(guildId, { lowpass: { smoothing: 30 } })).rejects.toMatchObject({
      name: "UnsupportedOperationError",
      field: "filters.lowpass",
    });
    await client.ping(guildId);
    expect(playerRequests()).toEqual([["PATCH", { filters: { tremolo: { depth: 0.3 } } }]]);
  });
});

describe("a session of Lavalink 4.2.2", { timeout: 60_000 }, () => {
  it("is given up when the node has lost it, and its players are restored", async () => {
    const { node, client, playerRequests } = await start();
    await client.play(guildId, track("a"), { volume: 0.5 });
    await client.getPlayer(guildId);
    const started = client.waitForReceive(TrackStartEvent);
    node.emit(event("TrackStartEvent", track("a")));
    await started;
    const { connectionId } = client;
    playerRequests();
    node.loseSessions();
    node.uptimeMs = 0;
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    await client.pause(guildId, true);
    await reconnected;
    expect(await client.getPlayer(guildId)).toMatchObject({ volume: 0.5, paused: true });
    expect(client.connectionId).not.toBe(connectionId);
    expect(node.session.players.get(guildId)).toMatchObject({ track: { encoded: track("a") } });
  });

  it("is resumed by the second attempt, when the node has not noticed the end of its connection", async () => {
    const { node, client, problems } = await start();
    await client.volume(guildId, 0.5);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    node.ignoresClosing = true;
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    node.session.socket?.terminate();
    await until(() => node.handshakes.length === 2);
    node.noticeClosing();
    await reconnected;
    expect(node.handshakes).toEqual([undefined, connectionId, connectionId]);
    expect(client.connectionId).toBe(connectionId);
    expect(await client.getPlayer(guildId)).toMatchObject({ volume: 0.5 });
    expect(problems).toEqual([]);
  });

  it("is not tried twice on a node that was restarted", async () => {
    const { node, client } = await start();
    await client.volume(guildId, 0.5);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    const { socket } = node.session;
    node.loseSessions();
    node.uptimeMs = 0;
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    socket?.terminate();
    await reconnected;
    expect(node.handshakes).toEqual([undefined, connectionId]);
    await expect.poll(async () => (await client.getPlayer(guildId))?.volume).toBe(0.5);
  });

  it("has the players of 1,000 guilds with one request after a reconnect, and changes none of them", async () => {
    const { node, client, playerRequests } = await start();
    const guilds = Array.from({ length: 1_000 }, (_, index) => String(index + 1));
    await Promise.all(guilds.map((guild) => client.play(guild, track(guild))));
    await until(() => node.session.players.size === 1_000);
    node.emit(...guilds.map((guild) => ({ ...event("TrackStartEvent", track(guild)), guildId: guild })));
    await client.waitForReceive(TrackStartEvent, { guildId: "1000" });
    await client.getPlayer("1000");
    playerRequests();
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    node.session.socket?.terminate();
    await reconnected;
    await client.ping("1");
    const queries = node.requests.filter(({ method, path }) => method === "GET" && path.includes("/players"));
    // One when the session is resumed, one for the state.
    expect(queries.map(({ path }) => path)).toEqual(Array(2).fill(`/v4/sessions/${node.session.id}/players`));
    expect(playerRequests()).toEqual([]);
  });

  it("is resumed when a request is lost, and the operation is sent again", async () => {
    const { node, client } = await start();
    await client.volume(guildId, 0.2);
    await client.getPlayer(guildId);
    const { connectionId } = client;
    let isLost = false;
    node.respond = ({ body }) => {
      if (isLost || body["volume"] !== 50) return undefined;
      isLost = true;
      return null;
    };
    const reconnected = client.subscribe(WebSocketConnectEvent).first();
    await client.volume(guildId, 0.5);
    await reconnected;
    expect(client.connectionId).toBe(connectionId);
    expect(await client.getPlayer(guildId)).toMatchObject({ volume: 0.5 });
  });

  it("sends the operations of a guild in order, each after the response to the one before", async () => {
    const { client, playerRequests } = await start();
    await client.play(guildId, track("a"), { pause: true });
    for (let volume = 1; volume <= 5; volume++) await client.volume(guildId, volume / 10);
    await client.play(guildId, track("b"));
    await client.destroy(guildId);
    await client.ping(guildId);
    expect(playerRequests()).toEqual([
      ["PATCH", { track: { encoded: track("a") }, paused: true }],
      ...[10, 20, 30, 40, 50].map((volume) => ["PATCH", { volume }]),
      // A track of Lavalink would resume the player.
      ["PATCH", { track: { encoded: track("b") }, paused: true }],
      ["DELETE", {}],
    ]);
  });
});
