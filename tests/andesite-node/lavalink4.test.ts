// Lavalink 4 on a real node: sessions, players, events and resuming (sections 4 to 7 of the Lavalink protocol).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CheckedNode,
  everyNode,
  sendRequest,
  TestSocket,
  waitForSocketCount,
} from "../support/andesite-node.ts";
import { Lavalink4Client } from "../support/lavalink4-client.ts";

const [, { start }] = everyNode;
const path = "/v4/websocket";
const headersOf = (userId: string): Record<string, string> => ({
  "User-Id": userId,
  "Client-Name": "test/1.0.0",
});

describe("a session of Lavalink 4", () => {
  it("begins with ready and statistics, and is refused without a user or with a wrong password", async () => {
    const { url } = await start({ password: "secret" });
    const headers = { ...headersOf("1"), Authorization: "secret" };
    const socket = await TestSocket.open(url, { path, headers });
    const [ready, stats] = await socket.messages(2);
    expect(ready).toEqual({
      op: "ready",
      resumed: false,
      sessionId: expect.stringMatching(/^[a-z0-9]{16}$/),
    });
    expect(stats).toMatchObject({ op: "stats", players: 0, playingPlayers: 0, frameStats: null });
    expect(socket.headers).toMatchObject({ "session-resumed": "false", "lavalink-api-version": "4" });
    for (const [given, status] of [
      [{ ...headers, Authorization: "wrong" }, 401],
      [headersOf("1"), 401],
      [{ ...headers, "User-Id": "0" }, 400],
      [{ ...headers, "User-Id": "abc" }, 400],
    ] as const) {
      await expect(TestSocket.open(url, { path, headers: given })).rejects.toThrow(String(status));
    }
  });

  it("ignores text, and is closed by a binary message", async () => {
    const client = await Lavalink4Client.open((await start()).url);
    client.socket.send("not JSON");
    client.socket.webSocket.send(Buffer.from([1, 2, 3]));
    expect(await client.socket.closed()).toMatchObject({ code: 1_003 });
  });

  it("plays, seeks, pauses, filters and stops, with the client's data in the events", async () => {
    const node = await start();
    const client = await Lavalink4Client.open(node.url);
    const track = { encoded: node.track("a song"), userData: { id: 7 } };
    expect(await client.update("5", { track, volume: 40 })).toMatchObject({
      status: 200,
      body: { guildId: "5", volume: 40, paused: false, track: { userData: { id: 7 } } },
    });
    expect(await client.event("TrackStartEvent")).toMatchObject({
      guildId: "5",
      track: { userData: { id: 7 } },
    });
    const filters = { volume: 0.5, timescale: { speed: 1.5 } };
    const changed = await client.update("5", { position: 9_000, paused: true, filters });
    expect(changed.body).toMatchObject({
      paused: true,
      state: { position: 9_000, connected: false, ping: -1 },
      filters: { volume: 0.5, timescale: { speed: 1.5, pitch: 1, rate: 1 } },
    });
    await client.socket.until(() =>
      client.socket.received.some(
        ({ op, state }) => op === "playerUpdate" && Number(Object(state).position) === 9_000,
      ),
    );
    const kept = await client.send("PATCH", "/players/5?noReplace=True", {
      track: { encoded: node.track("other") },
    });
    expect(kept.body).toMatchObject({ track: { info: { title: "a song" } } });
    await client.update("5", { track: { encoded: null } });
    expect(await client.event("TrackEndEvent")).toMatchObject({
      reason: "stopped",
      track: { userData: { id: 7 } },
    });
    expect((await client.send("DELETE", "/players/5")).status).toBe(204);
    expect((await client.send("GET", "/players/5")).status).toBe(404);
  });

  it("ends a track at once when its end mark is already behind it", async () => {
    const node = await start();
    const client = await Lavalink4Client.open(node.url);
    await client.update("5", { track: { encoded: node.track("a song") }, position: 9_000, paused: true });
    expect((await client.update("5", { endTime: 5_000 })).body).toMatchObject({ track: null });
    expect(await client.event("TrackEndEvent")).toMatchObject({ reason: "finished" });
  });

  it("has its own players, which end with a connection that is not resumable", async () => {
    const node = await start();
    const [one, other] = [await Lavalink4Client.open(node.url), await Lavalink4Client.open(node.url)];
    await one.update("5", {});
    expect((await other.send("GET", "/players/5")).status).toBe(404);
    await one.socket.drop();
    await expect.poll(async () => (await one.send("GET", "/players")).status).toBe(404);
  });
});

describe("resuming a session of Lavalink 4", () => {
  async function openResumable(node: CheckedNode): Promise<Lavalink4Client> {
    const client = await Lavalink4Client.open(node.url);
    expect((await client.send("PATCH", "", { resuming: true, timeout: 60 })).body).toEqual({
      resuming: true,
      timeout: 60,
    });
    return client;
  }

  it("keeps players and events, and answers requests, while the client is away", async () => {
    const node = await start();
    const lost = await openResumable(node);
    await lost.update("5", { track: { encoded: node.track("a song") }, paused: true });
    await lost.event("TrackStartEvent");
    await lost.socket.drop();
    await expect.poll(async () => await waiting(node)).toBe(1);
    expect((await lost.update("5", { track: { encoded: null } })).status).toBe(200);
    const resumed = await Lavalink4Client.open(node.url, { sessionId: lost.sessionId });
    expect(resumed.isResumed).toBe(true);
    expect(resumed.socket.headers["session-resumed"]).toBe("true");
    expect(await resumed.event("TrackEndEvent")).toMatchObject({ reason: "stopped" });
    await resumed.socket.until(() => resumed.socket.received.some(({ op }) => op === "playerUpdate"));
    const order = resumed.socket.received.map(({ op }) => op);
    expect(order.indexOf("event")).toBeLessThan(order.indexOf("playerUpdate"));
  });

  it("takes the session over from a connection that still seems open", async () => {
    const node = await start();
    const old = await openResumable(node);
    await old.update("5", {});
    const resumed = await Lavalink4Client.open(node.url, { sessionId: old.sessionId });
    expect(resumed.isResumed).toBe(true);
    expect(await old.socket.closed()).toMatchObject({ code: 4_000 });
    expect((await resumed.send("GET", "/players/5")).status).toBe(200);
  });

  it("is refused to another user", async () => {
    const node = await start();
    const old = await openResumable(node);
    const other = await Lavalink4Client.open(node.url, { userId: "2", sessionId: old.sessionId });
    expect(other.isResumed).toBe(false);
    expect(other.sessionId).not.toBe(old.sessionId);
    expect(old.socket.closing).toBeNull();
  });

  it("ends the oldest of too many waiting sessions", async () => {
    const node = await start({ webSocket: { maxBuffers: 1 } });
    const first = await openResumable(node);
    await first.socket.drop();
    await expect.poll(async () => await waiting(node)).toBe(1);
    const second = await openResumable(node);
    await second.socket.drop();
    await expect.poll(async () => (await first.send("GET", "/players")).status).toBe(404);
    expect((await second.send("GET", "/players")).status).toBe(200);
  });
});

describe("additions of NodeLink", () => {
  const fading = { trackStart: { duration: 3_000, curve: "linear" } };

  it("are absent unless the node has them", async () => {
    const node = await start();
    const client = await Lavalink4Client.open(node.url);
    const track = { encoded: node.track("a song") };
    expect((await client.update("5", { track, nextTrack: 5, fading: 5 })).status).toBe(200);
    expect((await client.send("POST", "/players/5/mix", { track })).status).toBe(404);
    const { body: info } = await sendRequest(`${node.url}/v4/info`);
    expect(info).not.toHaveProperty("isNodelink");
  });

  it("are announced, and name the field of a wrong value before anything changes", async () => {
    const node = await start({ http: { nodelink: true } });
    const client = await Lavalink4Client.open(node.url);
    const track = { encoded: node.track("a song") };
    const { body: info } = await sendRequest(`${node.url}/v4/info`);
    expect(info).toMatchObject({ isNodelink: true });
    expect((await client.update("5", { track, fading, loudnessNormalizer: true })).status).toBe(200);
    for (const [wrong, field] of [
      [{ nextTrack: { encoded: 5 } }, "nextTrack.encoded"],
      [{ nextTrack: { encoded: "!" } }, "nextTrack.encoded"],
      [{ fading: { trackStart: { duration: 20_000 } } }, "fading"],
      [{ fading: { trackEnd: { duration: "soon" } } }, "fading.trackEnd.duration"],
      [{ loudnessNormalizer: 1 }, "loudnessNormalizer"],
    ] as const) {
      const answer = await client.update("5", { ...wrong, volume: 7 });
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
    }
    expect((await client.send("GET", "/players/5")).body).toMatchObject({ volume: 100 });
  });

  it("play the next track at once where none is playing, and a layer only over a track", async () => {
    const node = await start({ http: { nodelink: true } });
    const client = await Lavalink4Client.open(node.url);
    const track = { encoded: node.track("a song"), userData: { n: 1 } };
    const mix = (body: unknown) => client.send("POST", "/players/5/mix", body);
    expect((await mix({ track })).status).toBe(404);
    await client.update("5", {});
    expect((await mix({ track })).status).toBe(400);
    await client.update("5", { nextTrack: track });
    expect(await client.event("TrackStartEvent")).toMatchObject({ track: { userData: { n: 1 } } });
    expect((await mix({ track, volume: 2 })).body).toMatchObject({
      message: expect.stringContaining("volume"),
    });
    expect((await mix({})).body).toMatchObject({ message: expect.stringContaining("track") });
    const { body } = await mix({ track, volume: 0.5 });
    const path = `/players/5/mix/${String(body["id"])}`;
    expect((await client.send("PATCH", path, { volume: 1 })).status).toBe(204);
    expect((await client.send("DELETE", path)).status).toBe(204);
    expect((await client.send("DELETE", path)).status).toBe(404);
  });
});

describe("limits of Lavalink 4", () => {
  it("counts the sockets of all dialects together", async () => {
    const node = await start({ webSocket: { maxSockets: 2 } });
    const other = await TestSocket.open(node.url);
    const client = await Lavalink4Client.open(node.url);
    await expect(Lavalink4Client.open(node.url)).rejects.toThrow("503");
    await expect(TestSocket.open(node.url)).rejects.toThrow("503");
    await client.socket.drop();
    await expect.poll(async () => (await client.send("GET", "/players")).status).toBe(404);
    await TestSocket.open(node.url);
    await other.drop();
    await waitForSocketCount(node, 1);
    await Lavalink4Client.open(node.url);
  });

  it("counts the players of a user over all sessions", async () => {
    const node = await start({ playing: { maxPlayersPerUser: 2 } });
    const [one, other] = [await Lavalink4Client.open(node.url), await Lavalink4Client.open(node.url)];
    await one.update("1", {});
    await other.update("1", {});
    expect((await one.update("2", {})).status).toBe(429);
    await other.send("DELETE", "/players/1");
    expect((await one.update("2", {})).status).toBe(200);
  });

  it("survives any body, and answers it with 200 or 400", async () => {
    const node = await start();
    const client = await Lavalink4Client.open(node.url);
    const anything = fc.jsonValue({ maxDepth: 2 });
    const update = fc.record(
      {
        track: fc.oneof(anything, fc.record({ encoded: anything, userData: anything }, { requiredKeys: [] })),
        encodedTrack: anything,
        position: fc.oneof(anything, fc.double(), fc.maxSafeInteger()),
        endTime: fc.oneof(anything, fc.maxSafeInteger()),
        volume: fc.oneof(anything, fc.integer()),
        paused: fc.oneof(anything, fc.boolean()),
        filters: fc.oneof(
          anything,
          fc.dictionary(fc.constantFrom("volume", "equalizer", "timescale", "rotation"), anything),
        ),
        voice: fc.oneof(anything, fc.record({ token: anything, sessionId: anything })),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(update, anything), async (body) => {
        expect([200, 400]).toContain((await client.update("5", body)).status);
      }),
    );
    expect((await client.update("5", { track: { encoded: node.track("a song") } })).status).toBe(200);
  });
});

/** Returns the number of sessions that wait for their client. */
async function waiting({ url }: Pick<CheckedNode, "url">): Promise<number> {
  const text = await (await fetch(`${url}/metrics?name[]=andesite_lavalink_sessions`)).text();
  return Number(/state="waiting"\} (\d+)/.exec(text)?.[1]);
}
