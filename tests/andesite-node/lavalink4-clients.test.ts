// Unmodified clients of Lavalink 4 on a real node, with the test kit's Discord voice server.

import { once } from "node:events";
import { LavalinkManager, NodeLinkNode, NodeType, type Track } from "lavalink-client";
import { Manager } from "moonlink.js";
import { Connector, Constants, LoadType, Shoukaku } from "shoukaku";
import { expect, it, onTestFinished } from "vitest";
import { voiceNodePassword as password, setUpVoice, VoiceNode } from "../support/voice-node.ts";

/** The clients and the voice server take their time on a busy machine. */
const patient = { timeout: 120_000 };
const [userId, guildId, channelId] = ["170939974227541168", "81384788765712384", "81384788906225664"];

/** Bot without a gateway: Discord's packets about voice follow each request to join. */
class TestConnector extends Connector {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    super(null);
    this.#endpoint = endpoint;
  }

  getId(): string {
    return userId;
  }

  listen(nodes: Parameters<Connector["listen"]>[0]): void {
    queueMicrotask(() => this.ready(nodes));
  }

  sendPacket(_shard: number, payload: unknown): void {
    const channel = Object(Object(payload).d).channel_id;
    const state = { guild_id: guildId, user_id: userId, channel_id: channel, session_id: "s" };
    queueMicrotask(() => {
      this.raw({ t: "VOICE_STATE_UPDATE", d: state });
      if (channel === null) return;
      this.raw({ t: "VOICE_SERVER_UPDATE", d: { guild_id: guildId, endpoint: this.#endpoint, token: "t" } });
    });
  }
}

/**
 * Starts a node and a Discord voice server.
 *
 * @param nodelink - Whether the node has the additions of NodeLink.
 */
async function startNode(nodelink = false) {
  const setUp = await setUpVoice();
  const { port } = await VoiceNode.start(setUp, { nodelink });
  return { file: setUp.file, port, endpoint: setUp.server.endpoint };
}

it(
  "serves Shoukaku: join, load, play, seek, pause, volume, filters, resume, stop, leave",
  patient,
  async () => {
    const { file, port, endpoint } = await startNode();
    const shoukaku = new Shoukaku(
      new TestConnector(endpoint),
      [{ name: "node", url: `127.0.0.1:${port}`, auth: password }],
      { resume: true, resumeTimeout: 30, reconnectTries: 5, reconnectInterval: 1 },
    );
    onTestFinished(() => shoukaku.removeNode("node"));
    shoukaku.on("error", () => {});
    await once(shoukaku, "ready");

    const player = await shoukaku.joinVoiceChannel({ guildId, channelId, shardId: 0 });
    const { rest } = player.node;
    const result = await rest.resolve(file);
    if (result?.loadType !== LoadType.TRACK) throw new Error(`the file was not loaded: ${result?.loadType}`);
    expect(await rest.decode(result.data.encoded)).toMatchObject({ info: result.data.info });

    const started = once(player, "start");
    await player.playTrack({ track: { encoded: result.data.encoded, userData: { id: 7 } } });
    expect(await started).toMatchObject([{ guildId, track: { userData: { id: 7 } } }]);
    await player.seekTo(20_000);
    await player.setPaused(true);
    await player.setGlobalVolume(40);
    await player.setTimescale({ speed: 1.5 });
    expect(await rest.getPlayer(guildId)).toMatchObject({
      paused: true,
      volume: 40,
      state: { connected: true },
      filters: { timescale: { speed: 1.5, pitch: 1, rate: 1 } },
      track: { userData: { id: 7 } },
    });
    await player.clearFilters();
    expect((await rest.getPlayer(guildId))?.filters).not.toHaveProperty("timescale");

    // The connection is lost, and its session resumed with the player.
    const resumed = once(shoukaku, "ready");
    player.node.ws?.terminate();
    expect(await resumed).toEqual(["node", true, false]);
    expect(player.node.state).toBe(Constants.State.CONNECTED);
    expect(await rest.getPlayer(guildId)).toMatchObject({ volume: 40, state: { connected: true } });

    const ended = once(player, "end");
    await player.stopTrack();
    expect(await ended).toMatchObject([{ reason: "stopped", track: { userData: { id: 7 } } }]);
    await shoukaku.leaveVoiceChannel(guildId);
    await expect.poll(async () => await rest.getPlayers(), patient).toEqual([]);
  },
);

/** Starts lavalink-client. */
async function startLavalinkClient(port: number, endpoint: string, nodeType: NodeType) {
  const manager = new LavalinkManager({
    nodes: [{ id: "node", host: "127.0.0.1", port, authorization: password, nodeType }],
    client: { id: userId, username: "bot" },
    sendToShard(_guild, { d }) {
      const state = { guild_id: guildId, user_id: userId, channel_id: d.channel_id, session_id: "s" };
      queueMicrotask(async () => {
        await manager.sendRawData(Object({ t: "VOICE_STATE_UPDATE", d: state }));
        if (d.channel_id === null) return;
        const server = { guild_id: guildId, endpoint, token: "t" };
        await manager.sendRawData(Object({ t: "VOICE_SERVER_UPDATE", d: server }));
      });
    },
  });
  const connected = once(manager.nodeManager, "connect");
  await manager.init({ id: userId, username: "bot" });
  await connected;
  onTestFinished(() => void manager.nodeManager.disconnectAll(true));
  return manager;
}

it(
  "serves lavalink-client: join, load, play, seek, pause, volume, filters, stop, leave",
  patient,
  async () => {
    const { file, port, endpoint } = await startNode();
    const manager = await startLavalinkClient(port, endpoint, NodeType.Lavalink);
    const player = manager.createPlayer({ guildId, voiceChannelId: channelId });
    await player.connect();
    const fetchPlayer = async () => await player.node.fetchPlayer(guildId);
    await expect.poll(fetchPlayer, patient).toMatchObject({ state: { connected: true } });
    const { tracks, loadType } = await player.search({ query: file, source: "local" }, null);
    expect(loadType).toBe("track");
    await player.queue.add(tracks);
    const started = once(manager, "trackStart");
    await player.play();
    await started;
    await player.seek(20_000);
    await player.pause();
    await player.setVolume(40);
    await player.filterManager.setSpeed(1.5);
    expect(await fetchPlayer()).toMatchObject({
      paused: true,
      volume: 40,
      filters: { timescale: { speed: 1.5 } },
    });
    // The client emits this event instead of `trackEnd` where no track follows.
    const ended = once(manager, "queueEnd");
    await player.stopPlaying();
    expect((await ended)[2]).toMatchObject({ reason: "stopped" });
    await player.destroy();
    await expect.poll(async () => await player.node.fetchAllPlayers(), patient).toEqual([]);
  },
);

it("serves lavalink-client as NodeLink: layers, next track without a gap", patient, async () => {
  const { file, port, endpoint } = await startNode(true);
  const manager = await startLavalinkClient(port, endpoint, NodeType.NodeLink);
  const player = manager.createPlayer({ guildId, voiceChannelId: channelId });
  const { node } = player;
  if (!(node instanceof NodeLinkNode)) throw new Error("the node is not taken for NodeLink");
  expect(node.info?.isNodelink).toBe(true);
  const mixEvents: unknown[] = [];
  manager.nodeManager.on("nodeLinkEvent", (_node, _name, _player, _track, payload) => {
    mixEvents.push(payload);
  });
  await player.connect();
  const fetchPlayer = async () => await node.fetchPlayer(guildId);
  await expect.poll(fetchPlayer, patient).toMatchObject({ state: { connected: true } });
  const result = await player.search({ query: file, source: "local" }, null);
  const [track] = result.tracks;
  if (!track || !("encoded" in track)) throw new Error("the file was not found");
  await player.play({ track });

  const layer = await node.addMixerLayer(player, track as Track, 50);
  expect(layer).toMatchObject({ id: expect.any(String), volume: 0.5, track: { encoded: track.encoded } });
  await node.updateMixerLayerVolume(player, layer.id, 20);
  expect((await node.listMixerLayers(player)).mixes).toMatchObject([{ id: layer.id, volume: 0.2 }]);
  await node.removeMixerLayer(player, layer.id);
  expect((await node.listMixerLayers(player)).mixes).toEqual([]);
  await expect
    .poll(() => mixEvents, patient)
    .toMatchObject([
      { type: "MixStartedEvent", mixId: layer.id, track: { encoded: track.encoded }, volume: 0.5 },
      { type: "MixEndedEvent", mixId: layer.id, reason: "REMOVED" },
    ]);

  // The next track is removed, then set again; it begins when the first one is at its end.
  await node.setNextTrackGapLess(player, track as Track);
  await node.removeNextTrackGapLess(player);
  await node.setNextTrackGapLess(player, track as Track);
  const starts: unknown[] = [];
  manager.on("trackStart", () => starts.push("start"));
  await player.seek(59_500);
  await expect.poll(() => starts, patient).toEqual(["start"]);
  expect(await fetchPlayer()).toMatchObject({ track: { encoded: expect.any(String) } });
  await player.destroy();
});

it(
  "serves moonlink.js: join, search, play, seek, pause, volume, layers, next track, fading, stop, leave",
  patient,
  async () => {
    const { port, endpoint } = await startNode(true);
    const manager = new Manager({
      nodes: [{ identifier: "node", host: "127.0.0.1", port, password, secure: false }],
      options: { database: { type: "memory" } },
      send(_guild, { d }) {
        const state = { guild_id: guildId, user_id: userId, channel_id: d.channel_id, session_id: "s" };
        queueMicrotask(async () => {
          await manager.packetUpdate(Object({ t: "VOICE_STATE_UPDATE", d: state }));
          if (d.channel_id === null) return;
          const server = { guild_id: guildId, endpoint, token: "t" };
          await manager.packetUpdate(Object({ t: "VOICE_SERVER_UPDATE", d: server }));
        });
      },
    });
    const ready = new Promise<void>((resolve) => manager.on("nodeReady", () => resolve()));
    await manager.init(userId);
    await ready;
    onTestFinished(() => void manager.nodes.remove("node"));

    const player = manager.players.create({ guildId, voiceChannelId: channelId, textChannelId: channelId });
    const { rest } = player.node;
    await player.connect();
    const fetchPlayer = async () => await rest.getPlayer(guildId);
    await expect.poll(fetchPlayer, patient).toMatchObject({ state: { connected: true } });
    const { tracks } = await manager.search({ query: "long", source: "search" });
    const [track] = tracks;
    const events: unknown[] = [];
    manager.on("trackStart", () => events.push("start"));
    manager.on("trackEnd", (_player, _track, reason) => events.push(reason));
    manager.on("mixStart", (_player, id) => events.push(["mix", id]));
    manager.on("mixEnd", (_player, id, reason) => events.push([reason, id]));
    expect(await player.play({ track })).toBe(true);
    await expect.poll(() => events, patient).toEqual(["start"]);
    await player.seek(20_000);
    await player.pause();
    await player.setVolume(40);
    await expect.poll(fetchPlayer, patient).toMatchObject({ paused: true, volume: 40 });
    await player.resume();
    const { id } = await player.addMix(track, { volume: 0.5 });
    await player.updateMixVolume(id, 0.2);
    expect(await player.getMixes()).toMatchObject({ mixes: [{ id, volume: 0.2 }] });
    await player.removeMix(id);
    await expect.poll(() => events, patient).toEqual(["start", ["mix", id], ["REMOVED", id]]);
    await player.setFading({ trackStart: { duration: 1_000, curve: "linear" } });
    await player.setLoudnessNormalizer(true);
    await player.setNextTrack(track);
    await player.clearNextTrack();
    await player.stop();
    await expect.poll(() => events.at(-1), patient).toBe("stopped");
    await player.destroy();
    await expect.poll(async () => await rest.getPlayers(), patient).toEqual([]);
  },
);
