// The operations of the Andesite document, on a real node: what is on the wire, and the effect on the player.

import {
  Equalizer,
  FilterMap,
  Karaoke,
  Play,
  PlayerUpdate,
  Timescale,
  TrackEndEvent,
  TrackStartEvent,
  Tremolo,
  Update,
  Vibrato,
  VolumeFilter,
  WebSocketInterface,
} from "@asterite/andesite";
import { Player, VoiceServerUpdate } from "@asterite/andesite/advanced";
import { describe, expect, it } from "vitest";
import { newOperations, type Operations, shareNode } from "../../support/shared-node.ts";

const shared = shareNode();

describe.each(["WebSocket", "Client"] as const)("%s", (name) => {
  const setUp = () => {
    const [client, guild] = [newOperations(name, shared.node), shared.guild()];
    /** Waits until the node has processed the operations; returns them as they were on the wire. */
    const wire = async () => {
      await client.ping(guild);
      expect(shared.node.refused).toEqual([]);
      return shared.node.operations
        .filter(({ guildId }) => guildId === guild)
        .map(({ op, fields }) => ({ op, ...fields }));
    };
    return { client, guild, wire, track: shared.node.track("a song") };
  };
  const player = async (client: Operations, guild: string): Promise<Player> => {
    // The replies to the operations before have the same form.
    await client.ping(guild);
    const found = await client.getPlayer(guild);
    if (!found) throw new Error("no player");
    return found;
  };

  // Shows andesite: WebSocketInterface.play/0-1,3-4,11
  it("play: plays an encoded track on the guild, from its beginning, without changing anything else", async () => {
    const { client, guild, wire, track } = setUp();
    const started = client.subscribe(TrackStartEvent).first();
    expect(await client.play(guild, track)).toBeUndefined();
    expect(await started).toMatchObject({ guildId: guild });
    expect(await wire()).toEqual([{ op: "play", track, noReplace: false }]);
    expect(await player(client, guild)).toMatchObject({ position: 0, paused: false, volume: 1 });
  });

  // Shows andesite: WebSocketInterface.play/0,6-9
  it("play: has a start and an end in seconds, pause and volume", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track, { start: 1.5, end: 30.25, pause: true, volume: 0.5 });
    expect(await wire()).toEqual([
      { op: "play", track, start: 1_500, end: 30_250, pause: true, volume: 50, noReplace: false },
    ]);
    expect(await player(client, guild)).toMatchObject({ position: 1.5, paused: true, volume: 0.5 });
    const [other, ended] = [shared.guild(), client.subscribe(TrackEndEvent).first()];
    await client.play(other, track, { start: 10, end: 10.2, pause: false, radio: true });
    expect(await ended).toMatchObject({ guildId: other, reason: "FINISHED" });
  });

  // Shows andesite: WebSocketInterface.play/10
  it("play: ignores the command with noReplace while a track plays or is paused, which is not the default", async () => {
    const { client, guild, track } = setUp();
    const starts: number[] = [];
    client.on(TrackStartEvent, () => void starts.push(starts.length));
    await client.play(guild, track, { start: 5 });
    await client.play(guild, track, { start: 6, noReplace: true });
    expect((await player(client, guild)).position).toBe(5);
    await client.pause(guild, true);
    await client.play(guild, track, { start: 7, noReplace: true });
    expect((await player(client, guild)).position).toBe(5);
    await client.play(guild, track, { start: 8 });
    expect((await player(client, guild)).position).toBe(8);
    expect(starts).toHaveLength(2);
  });

  // Shows andesite: WebSocketInterface.play/2,5
  it("play: takes a Play operation instead, and then no other fields", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, new Play(track, { start: 2, volume: 0.25 }));
    await client.play(guild, track, { start: 2, volume: 0.25 });
    const [asOperation, asFields] = await wire();
    expect(asOperation).toEqual(asFields);
    await expect(client.play(guild, new Play(track), { start: 2 })).rejects.toThrow(TypeError);
    expect(await wire()).toHaveLength(2);
  });

  // Shows andesite: WebSocketInterface.pause
  it("pause: pauses and resumes; again, nothing changes", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    const events: object[] = [];
    for (const pause of [true, true, false, false]) {
      expect(await client.pause(guild, pause)).toBeUndefined();
      expect(await player(client, guild)).toMatchObject({ paused: pause, position: 0 });
    }
    client.on([TrackStartEvent, TrackEndEvent], (event) => void events.push(event));
    expect((await wire()).slice(1)).toEqual(
      [true, true, false, false].map((pause) => ({ op: "pause", pause })),
    );
    expect(events).toEqual([]);
  });

  // Shows andesite: WebSocketInterface.stop
  it("stop: stops the player", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    const ended = client.subscribe(TrackEndEvent).first();
    expect(await client.stop(guild)).toBeUndefined();
    expect(await ended).toMatchObject({ guildId: guild, reason: "STOPPED" });
    expect((await wire()).at(-1)).toEqual({ op: "stop" });
    expect((await client.getPlayer(guild))?.position ?? null).toBeNull();
  });

  // Shows andesite: WebSocketInterface.seek
  it("seek: moves to a position in seconds", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track, { pause: true });
    expect(await client.seek(guild, 12.345)).toBeUndefined();
    expect((await wire()).at(-1)).toEqual({ op: "seek", position: 12_345 });
    expect((await player(client, guild)).position).toBe(12.345);
  });

  // Shows andesite: WebSocketInterface.volume
  it("volume: sets the volume of the player as a factor", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    expect(await client.volume(guild, 1.25)).toBeUndefined();
    expect((await wire()).at(-1)).toEqual({ op: "volume", volume: 125 });
    expect((await player(client, guild)).volume).toBe(1.25);
  });

  // Shows andesite: WebSocketInterface.update
  it("update: sends the given fields, or an Update operation, and nothing else", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    const filters = { tremolo: new Tremolo({ frequency: 3, depth: 0.25 }) };
    const fields = { pause: true, position: 7.5, volume: 0.75, filters };
    expect(await client.update(guild, fields)).toBeUndefined();
    await client.update(guild, new Update(fields));
    await client.update(guild, { volume: 0.5 });
    await client.update(guild, {});
    const all = {
      op: "update",
      pause: true,
      position: 7_500,
      volume: 75,
      filters: { tremolo: { frequency: 3, depth: 0.25 } },
    };
    expect((await wire()).slice(1)).toEqual([all, all, { op: "update", volume: 50 }, { op: "update" }]);
    const state = await player(client, guild);
    expect(state).toMatchObject({ paused: true, position: 7.5, volume: 0.5 });
    expect(state.filters.tremolo.depth).toBe(0.25);
  });

  // Shows andesite: WebSocketInterface.destroy
  it("destroy: destroys the player", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    const destroyed = client
      .subscribe(PlayerUpdate)
      .first({ predicate: ({ state }) => state?.destroyed === true });
    expect(await client.destroy(guild)).toBeUndefined();
    expect((await destroyed).guildId).toBe(guild);
    expect((await wire()).at(-1)).toEqual({ op: "destroy" });
    expect(await client.getPlayer(guild)).toBeNull();
  });

  // Shows andesite: WebSocketInterface.mixer
  it("mixer: configures the sources by the ids of their players, and turns the mixer on and off", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track, { radio: true });
    const players = { one: new Play(track, { start: 3 }), two: new Play(track) };
    const isEnabled = async (): Promise<boolean> => (await player(client, guild)).mixerEnabled;
    expect(await client.mixer(guild, true, players)).toBeUndefined();
    // The node switches when it has audio of the mixer.
    await expect.poll(isEnabled).toBe(true);
    await client.mixer(guild, null, { one: new Update({ volume: 0.5, pause: true }) });
    await client.mixer(guild);
    const state = await player(client, guild);
    expect(state.mixerEnabled).toBe(true);
    expect(Object.keys(state.mixer).toSorted()).toEqual(["one", "two"]);
    expect(state.mixer["one"]).toMatchObject({ volume: 0.5, paused: true });
    expect(state.mixer["one"]?.position).toBeGreaterThanOrEqual(3);
    await client.mixer(guild, false);
    await expect.poll(isEnabled).toBe(false);
    expect((await wire()).slice(1)).toEqual([
      {
        op: "mixer",
        enable: true,
        players: { one: { track, start: 3_000, noReplace: false }, two: { track, noReplace: false } },
      },
      { op: "mixer", players: { one: { volume: 50, pause: true } } },
      { op: "mixer", players: {} },
      { op: "mixer", enable: false, players: {} },
    ]);
  });

  // Shows andesite: WebSocketInterface.filters
  it("filters: configures each filter, custom ones, or those of a filter map", async () => {
    const { client, guild, wire, track } = setUp();
    await client.play(guild, track);
    const filters = {
      equalizer: Equalizer.fromGains([0.25]),
      karaoke: new Karaoke({ level: 0.5 }),
      timescale: new Timescale({ speed: 1.5 }),
      tremolo: new Tremolo({ depth: 0.75 }),
      vibrato: new Vibrato({ depth: 0.25 }),
      volume: new VolumeFilter({ volume: 0.5 }),
    };
    for (const [filter, settings] of Object.entries(filters)) {
      expect(await client.filters(guild, { [filter]: settings })).toBeUndefined();
      expect((await wire()).at(-1)).toEqual({ op: "filters", [filter]: settings.toRaw() });
    }
    const state = await player(client, guild);
    const { equalizer, ...others } = filters;
    for (const settings of Object.values(others)) {
      expect(state.filters.get(settings.filterName)).toMatchObject(settings.toRaw());
    }
    expect(state.filters.equalizer.bands[0]).toMatchObject(equalizer.toRaw().bands[0] ?? {});
    await client.filters(guild, { ...filters, custom: { strength: 2 } });
    const onWire = Object.fromEntries(Object.entries(filters).map(([filter, one]) => [filter, one.toRaw()]));
    expect((await wire()).at(-1)).toEqual({ op: "filters", ...onWire, custom: { strength: 2 } });
    await client.filters(guild, new FilterMap({ volume: new VolumeFilter({ volume: 2 }) }));
    expect((await wire()).at(-1)).toEqual({ op: "filters", volume: { volume: 2 } });
    expect((await player(client, guild)).filters.volume.volume).toBe(2);
  });

  // Shows andesite: WebSocketInterface.get_player
  it("getPlayer: returns the player of the guild, or null", async () => {
    const { client, guild, track } = setUp();
    expect(await client.getPlayer(guild)).toBeNull();
    await client.play(guild, track, { start: 4, pause: true });
    await client.play(shared.guild(), track, { start: 9 });
    const state = await client.getPlayer(guild);
    expect(state).toBeInstanceOf(Player);
    expect(state).toMatchObject({ position: 4, paused: true });
  });

  // Shows andesite: WebSocketInterface.get_stats
  it("getStats: returns the statistics of the node", async () => {
    const { client, guild, track } = setUp();
    const before = (await client.getStats(guild)).players.total;
    await client.play(guild, track);
    const stats = await client.getStats(guild);
    expect(stats.players.total).toBe(before + 1);
    expect(stats.runtime.uptime).toBeGreaterThan(0);
  });

  // Shows andesite: WebSocketInterface.ping
  it("ping: returns the seconds until the reply", async () => {
    const { client, guild } = setUp();
    await client.ping(guild);
    const start = performance.now();
    const seconds = await client.ping(guild);
    const elapsed = (performance.now() - start) / 1_000;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(elapsed);
    // Not the latency alone: time in which the node or this program is busy counts as well.
    expect(seconds).toBeGreaterThan(elapsed / 100);
  });

  // Shows andesite: WebSocketInterface.voice_server_update
  it("voiceServerUpdate: sends the session and Discord's event, as the operation does", async () => {
    const { client, guild, wire } = setUp();
    const event = { token: "t", guild_id: guild, endpoint: null };
    expect(await client.voiceServerUpdate(guild, "session", event)).toBeUndefined();
    await client.sendOperation(guild, new VoiceServerUpdate("session", event));
    const expected = { op: "voice-server-update", sessionId: "session", event };
    expect(await wire()).toEqual([expected, expected]);
  });
});

// Shows andesite: WebSocketInterface
it("implements the operations with send", async () => {
  const sent: unknown[] = [];
  class Own extends WebSocketInterface {
    closed = false;
    override close = (): Promise<void> => Promise.resolve();
    override reset = (): Promise<void> => Promise.resolve();
    override send(guildId: unknown, op: string, payload: Record<string, unknown>): Promise<void> {
      sent.push([guildId, op, payload]);
      return Promise.resolve();
    }
  }
  const own = new Own();
  await own.pause("5", true);
  await own.seek("5", 1.5);
  expect(sent).toEqual([
    ["5", "pause", { pause: true }],
    ["5", "seek", { position: 1_500 }],
  ]);
});
