// One pool with an Andesite node and a Lavalink 4 node, both Asterite's, in a call of the test kit's Discord voice server.

import {
  type AbstractWebSocket,
  Client,
  createClient,
  Play,
  PoolGuildMoveEvent,
  ProblemEvent,
  TrackEndEvent,
} from "@asterite/andesite";
import { HTTPPool, WebSocketPool } from "@asterite/andesite/advanced";
import { Echo } from "@asterite/andesite/effects";
import { createLavalinkClient, UnsupportedOperationError } from "@asterite/andesite/lavalink";
import { EntryStartEvent, QueuePlayer, toQueueTrack } from "@asterite/queue";
import { describe, expect, it, onTestFinished } from "vitest";
import { closeAfterTest } from "../support/andesite.ts";
import { setUpVoice, VoiceNode, type VoiceSetUp, voiceNodePassword } from "../support/voice-node.ts";

const [userId, guildId, channelId] = ["1", "2", "3"];
const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };

const createAndesiteClient = ({ url }: VoiceNode) =>
  createClient(url, `${url.replace("http", "ws")}/websocket`, voiceNodePassword, userId, quick);

/** Starts two nodes and a client with a pool that prefers the Andesite node. */
async function start() {
  const setUp = await setUpVoice();
  const [one, two] = [await VoiceNode.start(setUp), await VoiceNode.start(setUp)];
  const andesite = createAndesiteClient(one);
  const lavalink = createLavalinkClient(two.url, voiceNodePassword, userId, quick);
  const scoringFunction = ({ client }: { readonly client: AbstractWebSocket }) =>
    client === andesite ? 1 : 0;
  const pool = new WebSocketPool([andesite, lavalink], { migrateAfterMs: 20, scoringFunction });
  const client = closeAfterTest(new Client(new HTTPPool([andesite, lavalink]), pool));
  const problems: unknown[] = [];
  client.on(ProblemEvent, ({ error }) => problems.push(error));
  const [track] = (await client.loadTracks(`raw:${setUp.file}`)).tracks ?? [];
  if (!track) throw new Error("the file was not loaded");
  return { setUp, andesite, lavalink, one, two, pool, client, problems, track };
}

const join = (client: Client, { server }: VoiceSetUp) =>
  client.voiceServerUpdate(
    guildId,
    "s",
    { guild_id: guildId, endpoint: server.endpoint, token: "t" },
    { channelId },
  );

/** Waits for audio in a session of the call. */
async function waitForAudio({ server }: VoiceSetUp, index: number): Promise<void> {
  await server.until(() => (server.sessions[index]?.packets.length ?? 0) >= 5, `audio in session ${index}`);
}

describe("a pool with nodes of both dialects", { timeout: 90_000 }, () => {
  it("moves a player to the other dialect and back, and reports what does not move", async () => {
    const { setUp, andesite, lavalink, one, two, client, problems, track } = await start();
    await join(client, setUp);
    await client.play(guildId, track.track, { start: 20, volume: 0.5, normalize: true, userData: { id: 7 } });
    await client.filters(guildId, { timescale: { speed: 1.25 }, rotation: { rotationHz: 0.2 } });
    await client.filters(guildId, { echo: new Echo({ mix: 0.5 }) });
    await client.mixer(guildId, false, { jingle: new Play(track.track, { volume: 0.2 }) });
    await waitForAudio(setUp, 0);
    const before = await client.getPlayer(guildId);

    const toLavalink = client.subscribe(PoolGuildMoveEvent).first();
    await one.stop();
    expect((await toLavalink).client).toBe(lavalink);
    await waitForAudio(setUp, 1);
    const moved = await client.getPlayer(guildId);
    expect(moved).toMatchObject({ volume: 0.5, paused: false });
    expect(moved?.position).toBeGreaterThanOrEqual(before?.position ?? 0);
    expect(moved?.filters.timescale.speed).toBe(1.25);
    expect(moved?.filters.rotation.rotationHz).toBe(0.2);
    const session = `v4/sessions/${lavalink.connectionId}/players/${guildId}`;
    expect(await lavalink.request("GET", session)).toMatchObject({
      volume: 50,
      state: { connected: true },
      filters: {
        timescale: { speed: 1.25 },
        rotation: { rotationHz: 0.2 },
        pluginFilters: { echo: { mix: 0.5 } },
      },
      voice: { channelId },
    });
    expect(problems).toEqual([expect.any(UnsupportedOperationError), expect.any(UnsupportedOperationError)]);
    expect(problems).toMatchObject([
      { operation: "play", field: "normalize" },
      { operation: "mixer", field: null },
    ]);

    await one.restart();
    await andesite.connect();
    await client.pause(guildId, true);
    const paused = await client.getPlayer(guildId);
    const toAndesite = client.subscribe(PoolGuildMoveEvent).first();
    await two.stop();
    expect((await toAndesite).client).toBe(andesite);
    const back = await client.getPlayer(guildId);
    expect(back).toMatchObject({ volume: 0.5, paused: true });
    expect(back?.position).toBeGreaterThanOrEqual(paused?.position ?? 0);
    expect(back?.filters.timescale.speed).toBe(1.25);
    expect(back?.filters.rotation.rotationHz).toBe(0.2);
    expect(back?.filters.get("echo")).toMatchObject({ mix: 0.5, enabled: true });
    expect(Object.keys(back?.mixer ?? {})).toEqual(["jingle"]);
    const ended = client.subscribe(TrackEndEvent).first();
    await client.stop(guildId);
    expect(await ended).toMatchObject({ reason: "STOPPED", userData: { id: 7 }, play: { normalize: true } });
    expect(problems).toHaveLength(2);
  });

  it("continues a queue on a node of the other dialect", async () => {
    const { setUp, lavalink, one, client, track } = await start();
    const queue = new QueuePlayer(client, guildId);
    onTestFinished(() => queue.close());
    await join(client, setUp);
    for (const number of [1, 2]) queue.add([toQueueTrack(track)], { id: "7", name: "ann" }, "back", number);
    await waitForAudio(setUp, 0);
    const moved = client.subscribe(PoolGuildMoveEvent).first();
    await one.stop();
    expect((await moved).client).toBe(lavalink);
    await waitForAudio(setUp, 1);
    await client.getPlayer(guildId);
    const next = queue.subscribe(EntryStartEvent).first({ predicate: ({ entry }) => entry.userData === 2 });
    await client.seek(guildId, 59.9);
    expect((await next).entry.userData).toBe(2);
  });

  it("reports a call without the id of its channel, and moves the rest", async () => {
    const { setUp, lavalink, one, client, problems, track } = await start();
    const event = { guild_id: guildId, endpoint: setUp.server.endpoint, token: "t" };
    await client.voiceServerUpdate(guildId, "s", event);
    await client.play(guildId, track.track, { volume: 0.5 });
    await client.getPlayer(guildId);
    const moved = client.subscribe(PoolGuildMoveEvent).first();
    await one.stop();
    expect((await moved).client).toBe(lavalink);
    expect(await client.getPlayer(guildId)).toMatchObject({ volume: 0.5 });
    expect(problems).toMatchObject([
      { name: "UnsupportedOperationError", operation: "voice-server-update", field: null },
    ]);
    expect(String(problems[0])).toContain("channelId");
  });

  it("reports what does not move to a pool in the pool", async () => {
    const setUp = await setUpVoice();
    const [one, two] = [await VoiceNode.start(setUp), await VoiceNode.start(setUp)];
    const andesite = createAndesiteClient(one);
    const inner = new WebSocketPool([createLavalinkClient(two.url, voiceNodePassword, userId, quick)], {
      state: false,
    });
    const scoringFunction = ({ client }: { readonly client: AbstractWebSocket }) =>
      client === inner ? 0 : 1;
    const pool = closeAfterTest(new WebSocketPool([andesite, inner], { scoringFunction }));
    const problem = pool.subscribe(ProblemEvent).first();
    const [track] = (await andesite.loadTracks(`raw:${setUp.file}`)).tracks ?? [];
    await pool.play(guildId, track?.track ?? "", { volume: 0.5 });
    await pool.mixer(guildId, false, { jingle: new Play(track?.track ?? "") });
    await pool.ping(guildId);
    await pool.pullClient(andesite);
    expect((await problem).error).toMatchObject({ code: "UNSUPPORTED_OPERATION", operation: "mixer" });
    expect(await pool.getPlayer(guildId)).toMatchObject({ volume: 0.5 });
    await andesite.close();
  });
});
