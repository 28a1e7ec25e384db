// Players survive a restart of a real node: all that makes a player what it is, with the default state of the
// client and with a stored one.

import {
  createClient,
  Play,
  PlayerState,
  RawMsgSendEvent,
  State,
  TrackEndEvent,
  TrackStartEvent,
  WebSocketConnectEvent,
} from "@asterite/andesite";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { expect, it } from "vitest";

import { closeAfterTest, until } from "../support/andesite.ts";
import type { AudioNode } from "../support/audio-node.ts";
import { startRealNode } from "../support/real-audio-node.ts";

const guildId = "5";
const options = { backoff: { capMs: 10 }, stableAfterMs: 0 };

function connectTo(node: AudioNode, state?: State) {
  const webSocketUrl = new URL("websocket", node.url.replace("http", "ws"));
  return closeAfterTest(createClient(node.url, webSocketUrl, null, "1", { ...options, state }));
}
type Client = ReturnType<typeof connectTo>;

async function loadTrack(client: Client, name: string): Promise<string> {
  // The node may still be indexing its music folder.
  for (;;) {
    const [found] = (await client.loadTracks(`search:${name}`)).tracks ?? [];
    if (found) return found.track;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const positionOf = async (client: Client): Promise<number> =>
  (await client.getPlayer(guildId))?.position ?? -1;

async function restart(node: AudioNode, client: Client): Promise<void> {
  const back = client.subscribe(WebSocketConnectEvent).first();
  await node.kill();
  await node.restart();
  await back;
}

/** Starts a player with a setting of every kind. */
async function startPlayer(client: Client, node: AudioNode): Promise<void> {
  const [first, second, third] = await Promise.all(node.tracks.map((name) => loadTrack(client, name)));
  await client.play(guildId, first ?? "", {
    radio: true,
    normalize: true,
    start: 60,
    end: 100,
    volume: 0.25,
    userData: { requestedBy: "alice" },
  });
  await client.play(guildId, second ?? "", { next: true, radio: true, crossfade: 0.02, userData: "next" });
  await client.filters(guildId, { tremolo: { frequency: 4 }, plugin: { depth: 3 } });
  await client.mixer(guildId, false, {
    jingle: new Play(third ?? "", { volume: 0.5, pause: true, end: 90 }),
  });
  await until(async () => (await positionOf(client)) > 60.1);
}

it("restores a radio player with the default state: it goes on, ends at its marker, and is followed", async () => {
  const node = await startRealNode();
  const client = connectTo(node);
  const events: unknown[] = [];
  await startPlayer(client, node);
  await restart(node, client);
  const position = await positionOf(client);
  expect(position).toBeGreaterThan(60);
  // Without `radio` the position of a player without listeners never changes.
  await until(async () => (await positionOf(client)) > position);
  const player = await client.getPlayer(guildId);
  expect(player).toMatchObject({ volume: 0.25, paused: false });
  expect(player?.filters.tremolo.frequency).toBe(4);
  expect(player?.mixer["jingle"]).toMatchObject({ volume: 0.5, paused: true });

  const titleOf = (track: string) => decodeTrack(track).info.title;
  client.on(TrackEndEvent, ({ track, reason, userData }) => events.push([titleOf(track), reason, userData]));
  client.on(TrackStartEvent, ({ track, userData }) => events.push([titleOf(track), "starts", userData]));
  await client.seek(guildId, 99.9);
  await until(() => events.length >= 2);
  expect(events).toEqual([
    [node.tracks[0], "FINISHED", { requestedBy: "alice" }],
    [node.tracks[1], "starts", "next"],
  ]);
  const next = await positionOf(client);
  await until(async () => (await positionOf(client)) > next);
}, 60_000);

it("restores the same from a stored state, after a restart of node and bot", async () => {
  const node = await startRealNode();
  const before = new State();
  const first = connectTo(node, before);
  await startPlayer(first, node);
  await before.whenHandled(guildId);
  const stored = JSON.stringify((await before.get(guildId)) as PlayerState);
  await first.close();
  await node.kill();
  await node.restart();

  const state = new State({ stateFactory: () => PlayerState.fromRaw(JSON.parse(stored)) });
  const client = connectTo(node, state);
  const sent: Record<string, unknown>[] = [];
  client.on(RawMsgSendEvent, ({ body }) => sent.push(body));
  await client.loadPlayerState(await state.get(guildId));
  const position = await positionOf(client);
  expect(position).toBeGreaterThan(60);
  await until(async () => (await positionOf(client)) > position);
  const bodyOf = (op: string, at = 0) => sent.filter((body) => body["op"] === op)[at];
  expect(bodyOf("play")).toMatchObject({
    radio: true,
    normalize: true,
    end: 100_000,
    volume: 25,
    userData: { requestedBy: "alice" },
  });
  expect(bodyOf("update")).toMatchObject({ filters: { tremolo: { frequency: 4 }, plugin: { depth: 3 } } });
  expect(bodyOf("play", 1)).toMatchObject({ next: true, radio: true, crossfade: 20, userData: "next" });
  expect(bodyOf("mixer")).toMatchObject({ players: { jingle: { volume: 50, pause: true, end: 90_000 } } });
}, 60_000);

it("gives events of a kept player their user data after a restart of the bot, without loading its state", async () => {
  const node = await startRealNode();
  const before = new State();
  const first = connectTo(node, before);
  await startPlayer(first, node);
  await before.whenHandled(guildId);
  const stored = JSON.stringify((await before.get(guildId)) as PlayerState);
  const track = (await (await before.get(guildId)).getTrack()) ?? "";
  await first.close();

  const state = new State({ stateFactory: () => PlayerState.fromRaw(JSON.parse(stored)) });
  const client = connectTo(node, state);
  const events: unknown[] = [];
  client.on(TrackEndEvent, ({ reason, userData }) => events.push([reason, userData]));
  client.on(TrackStartEvent, ({ userData }) => events.push(["starts", userData]));
  // Subscribes to the events of the player, and changes nothing.
  await client.play(guildId, track, { radio: true, noReplace: true });
  await client.seek(guildId, 99.9);
  await until(() => events.length >= 2);
  expect(events).toEqual([
    ["FINISHED", { requestedBy: "alice" }],
    ["starts", "next"],
  ]);
}, 60_000);
