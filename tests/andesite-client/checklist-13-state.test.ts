// Check-list of the client's contract (section 14), items 13 and 14: state and loadPlayerState. One test
// depends on the messages of a node and also runs with a complete node; the others fill a state directly.

import {
  AbstractWebSocket,
  type MixerTracks,
  PlayerState,
  type ReceiveOperation,
  State,
  WebSocket,
} from "@asterite/andesite";
import { Player, readReceiveOperation, VoiceServerUpdate } from "@asterite/andesite/advanced";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { closeAfterTest, encoded, nodeKinds, startNode, until } from "../support/andesite.ts";

const read = (body: Record<string, unknown>): ReceiveOperation => {
  const { operation } = readReceiveOperation({ userId: "1", guildId: "5", ...body });
  if (!operation) throw new Error("not readable");
  return operation;
};
const update = (state: object | null) => read({ op: "player-update", state });
const event = (type: string, fields: object = {}) => read({ op: "event", type, track: "Q", ...fields });
/** Returns the data of guild 5 in a state. */
const known = async (state: State) => {
  const player = await state.get("5");
  return {
    volume: (await player.getPlayer())?.volume ?? null,
    track: await player.getTrack(),
    session: (await player.getVoiceServerUpdate())?.sessionId ?? null,
    mixer: await player.getMixer?.(),
  };
};
const nothing = { volume: null, track: null, session: null, mixer: {} };
const voice = { sessionId: "s", event: { token: "t" } };

describe("14.13 State", () => {
  it.each<[what: string, messages: readonly ReceiveOperation[], recorded: object]>([
    ["a player update", [update({ volume: 50 })], { volume: 0.5 }],
    ["a player update without a player", [update({ volume: 50 }), update(null)], {}],
    ["a started track", [event("TrackStartEvent")], { track: "Q" }],
    ["an ended track", [event("TrackStartEvent"), event("TrackEndEvent", { reason: "STOPPED" })], {}],
    ["a failed track", [event("TrackStartEvent"), event("TrackExceptionEvent", { error: "no" })], {}],
    ["a stuck track", [event("TrackStartEvent"), event("TrackStuckEvent", { thresholdMs: 1 })], {}],
    ["another event", [event("TrackStartEvent"), event("Novelty")], { track: "Q" }],
    ["a closed voice connection", [event("WebSocketClosedEvent", { code: 4_006 })], {}],
    ["another operation", [read({ op: "stats", stats: {} }), read({ op: "pong" })], {}],
    [
      "a destroyed player",
      [update({ volume: 50 }), event("TrackStartEvent"), update({ destroyed: true })],
      {},
    ],
  ])("14.13 received: %s", async (_, messages, recorded) => {
    const state = new State();
    for (const message of messages) await state.handleMessage(message);
    expect(await known(state)).toEqual({ ...nothing, ...recorded });
  });

  it.each<[what: string, op: string, payload: Record<string, unknown>, recorded: object]>([
    ["a voice server update", "voice-server-update", voice, { session: "s" }],
    ["the volume", "volume", { volume: 50 }, {}],
    ["a play", "play", { track: "Q" }, {}],
    ["a mixer", "mixer", { players: { a: { track: "A" }, b: { volume: 1 } } }, { mixer: { a: "A" } }],
  ])("14.13 transmitted: %s", async (_, op, payload, recorded) => {
    const state = new State();
    await state.handleSentMessage("5", op, payload);
    expect(await known(state)).toEqual({ ...nothing, ...recorded });
  });

  it("14.13 removes a stopped mixer player", async () => {
    const state = new State();
    await state.handleSentMessage("5", "mixer", { players: { a: { track: "A" }, b: { track: "B" } } });
    await state.handleSentMessage("5", "mixer", { players: { a: { track: null } } });
    expect(await known(state)).toMatchObject({ mixer: { b: "B" } });
  });

  it("14.13 keeps the order of arrival within a guild with slow handlers", async () => {
    const order: string[] = [];
    const gates = new Map<string, PromiseWithResolvers<void>>();
    class Slow extends State {
      override async handleAndesiteEvent(...[message]: Parameters<State["handleAndesiteEvent"]>) {
        const name = `${message.guildId} ${message.type}`;
        const gate = Promise.withResolvers<void>();
        gates.set(name, gate);
        order.push(`${name} begins`);
        await gate.promise;
        order.push(`${name} ends`);
      }
    }
    const state = new Slow();
    const handled = [
      state.handleMessage(event("One")),
      state.handleMessage(event("Two")),
      state.handleMessage(event("Three", { guildId: "6" })),
    ];
    expect(order).toEqual(["5 One begins", "6 Three begins"]);
    gates.get("6 Three")?.resolve();
    await handled[2];
    gates.get("5 One")?.resolve();
    await until(() => gates.has("5 Two"));
    gates.get("5 Two")?.resolve();
    await Promise.all(handled);
    expect(order.filter((entry) => entry.startsWith("5"))).toEqual([
      "5 One begins",
      "5 One ends",
      "5 Two begins",
      "5 Two ends",
    ]);
  });

  it("14.13 passes errors of handlers to the hooks, and continues", async () => {
    const node = await startNode();
    const hooks: unknown[] = [];
    class Failing extends State {
      override handleAndesiteEvent(): Promise<void> {
        return Promise.reject(new Error("received"));
      }
      override handleVoiceServerUpdate(): Promise<void> {
        throw new Error("transmitted");
      }
      override onHandleMessageError(_message: ReceiveOperation, error: unknown) {
        hooks.push(String(error));
        throw new Error("and the hook itself");
      }
      override onHandleSentMessageError(guildId: string, op: string, _payload: unknown, error: unknown) {
        hooks.push([guildId, op, String(error)]);
        return Promise.reject(new Error("and the other hook itself"));
      }
    }
    const state = new Failing();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { state }));
    await client.voiceServerUpdate("5", "s", { token: "t", endpoint: "e", guild_id: "5" });
    await client.play("5", encoded("Q"), { volume: 0.5 });
    await client.ping("5");
    await state.whenHandled("5");
    expect(hooks).toEqual([["5", "voice-server-update", "Error: transmitted"], "Error: received"]);
    expect(await known(state)).toMatchObject({ volume: 0.5 });
    expect(client.connected).toBe(true);
  });

  it("14.13 restores all data from JSON, with times in UTC", async () => {
    const state = new PlayerState("5");
    const filters = { tremolo: { enabled: true, frequency: 3, depth: 0.25 }, custom: { a: [1] } };
    const mixer = { a: { time: 5, position: 1_000, volume: 40, filters } };
    const raw = { time: 1_700_000_000_123, position: 2_500, paused: true, volume: 33, filters, mixer };
    await state.setPlayer(Player.fromRaw(raw));
    await state.setTrack("Q");
    await state.setVoiceServerUpdate(new VoiceServerUpdate("s", { token: null }, { channelId: "7" }));
    await state.setMixer({ a: "A" });
    const stored = JSON.parse(JSON.stringify(state.toRaw()));
    const restored = PlayerState.fromRaw(stored);
    expect(restored.toRaw()).toEqual(state.toRaw());
    expect(await restored.getPlayer()).toEqual(await state.getPlayer());
    expect(await restored.getVoiceServerUpdate()).toEqual(await state.getVoiceServerUpdate());
    expect((await restored.getPlayer())?.time.toISOString()).toBe("2023-11-14T22:13:20.123Z");
    expect(() => PlayerState.fromRaw({ ...stored, track: 5 })).toThrow("track");
  });
});

it.each(nodeKinds)("14.13 receives all messages from and to $name through a client", async ({ start }) => {
  const node = await start();
  const state = new State();
  const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { state }));
  await client.voiceServerUpdate("5", "s", { token: "t", endpoint: "e", guild_id: "5" });
  await client.play("5", node.track("Q"), { volume: 0.5 });
  await client.send("5", "mixer", { players: { a: { track: node.track("A") } } });
  await client.ping("5");
  await state.whenHandled("5");
  expect(await known(state)).toEqual({
    volume: 0.5,
    track: node.track("Q"),
    session: "s",
    mixer: { a: node.track("A") },
  });
  await client.stop("5");
  await client.ping("5");
  await state.whenHandled("5");
  expect(await known(state)).toMatchObject({ track: null });
  // Only messages of clients to which the state belongs.
  client.state = false;
  await client.play("5", node.track("R"));
  await client.ping("5");
  expect(await known(state)).toMatchObject({ track: null });
});

/** Records the sent messages, and delays each of them. */
class Recorder extends AbstractWebSocket {
  closed = false;
  readonly log: unknown[] = [];
  override close = () => Promise.resolve();
  override reset = () => Promise.resolve();
  override async send(guildId: string | bigint, op: string, payload: Record<string, unknown>): Promise<void> {
    this.log.push(`${op} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    this.log.push([guildId, op, payload]);
  }
}

describe("14.14 loadPlayerState", () => {
  const track = encodeTrack({
    info: { title: "t", author: "a", duration: 60, identifier: "x" },
    source: "youtube",
  });
  const player = (fields: object = {}) =>
    Player.fromRaw({ time: Date.now(), position: 10_000, paused: true, volume: 50, ...fields });
  const load = async (parts: {
    readonly player?: Player;
    readonly track?: string;
    readonly voice?: VoiceServerUpdate;
    readonly mixer?: MixerTracks;
  }) => {
    const state = new PlayerState("5");
    if (parts.player) await state.setPlayer(parts.player);
    if (parts.track) await state.setTrack(parts.track);
    if (parts.voice) await state.setVoiceServerUpdate(parts.voice);
    if (parts.mixer) await state.setMixer(parts.mixer);
    const recorder = new Recorder();
    await recorder.loadPlayerState(state);
    return recorder.log;
  };
  const sessions = new VoiceServerUpdate("s", { token: "t" });

  it("14.14 sends voice server update, play, update and mixer sequentially", async () => {
    const tremolo = { frequency: 3, depth: 0.25 };
    const filters = { tremolo: { enabled: true, ...tremolo } };
    const mixer = { a: { time: 0, position: 1_000, paused: true, volume: 40, filters } };
    const log = await load({
      player: player({ filters, mixer, mixerEnabled: true }),
      track,
      voice: sessions,
      mixer: { a: "A", b: "B" },
    });
    expect(log).toEqual([
      "voice-server-update begins",
      ["5", "voice-server-update", { sessionId: "s", event: { token: "t" } }],
      "play begins",
      ["5", "play", { track, start: 10_000, pause: true, volume: 50, noReplace: false }],
      "update begins",
      ["5", "update", { filters: { tremolo } }],
      "mixer begins",
      [
        "5",
        "mixer",
        {
          enable: true,
          players: {
            a: {
              track: "A",
              start: 1_000,
              pause: true,
              volume: 40,
              noReplace: false,
              filters: { tremolo },
            },
            b: { track: "B", noReplace: false },
          },
        },
      ],
    ]);
  });

  it("14.14 sends only the voice server update without a track", async () => {
    expect(await load({ player: player(), voice: sessions })).toHaveLength(2);
    expect(await load({ player: player() })).toEqual([]);
  });

  it("14.14 plays a track without player unchanged", async () => {
    expect(await load({ track })).toEqual(["play begins", ["5", "play", { track, noReplace: false }]]);
  });

  it("14.14 advances the position with time, up to the end of the track", async () => {
    const startOf = async (fields: object) => {
      const log = await load({ player: player(fields), track });
      return ((log[1] as unknown[])[2] as { start: number }).start;
    };
    const later = await startOf({ paused: false, time: Date.now() - 20_000 });
    expect(later).toBeGreaterThanOrEqual(30_000);
    expect(later).toBeLessThan(40_000);
    expect(await startOf({ paused: false, time: Date.now() - 3_600_000 })).toBe(60_000);
    expect(await startOf({ paused: true, time: Date.now() - 20_000 })).toBe(10_000);
  });
});
