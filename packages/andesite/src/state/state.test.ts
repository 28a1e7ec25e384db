import { on } from "node:events";
import { describe, expect, it } from "vitest";
import { MalformedDataError, QueueFullError } from "../errors.ts";
import { TrackStartEvent } from "../events/andesite-event.ts";
import { readReceiveOperation } from "../events/read-receive-operation.ts";
import type { PlayerUpdate, ReceiveOperation } from "../events/receive-operation.ts";
import { Player } from "../models/player.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Play } from "../operations/playback.ts";
import { AbstractState } from "./abstract-state.ts";
import { noDetails } from "./player-details.ts";
import {
  AbstractPlayerState,
  PlayerState,
  playerFromRaw,
  playerToRaw,
  voiceServerUpdateFromRaw,
  voiceServerUpdateToRaw,
} from "./player-state.ts";
import { State } from "./state.ts";

const receive = (body: Record<string, unknown>, guildId = "2"): ReceiveOperation => {
  const { operation } = readReceiveOperation({ userId: "1", guildId, ...body });
  if (!operation) throw new Error("unreadable");
  return operation;
};
const event = (type: string, fields: object, guildId?: string) =>
  receive({ op: "event", type, track: "Q", ...fields }, guildId);
const update = (state: object | null, guildId?: string) => receive({ op: "player-update", state }, guildId);

const contents = async (state: AbstractState, guildId = "2") => {
  const player = await state.get(guildId);
  return {
    volume: (await player.getPlayer())?.volume,
    track: await player.getTrack(),
    session: (await player.getVoiceServerUpdate())?.sessionId,
    mixer: await player.getMixer?.(),
  };
};

const nothing = { volume: undefined, track: null, session: undefined, mixer: {} };

describe("a state stores", () => {
  it.each([
    ["a player", [update({ volume: 50 })], { volume: 0.5 }],
    ["no player", [update({ volume: 50 }), update(null)], {}],
    ["a started track", [event("TrackStartEvent", {})], { track: "Q" }],
    ["an ended track", [event("TrackStartEvent", {}), event("TrackEndEvent", { reason: "FINISHED" })], {}],
    ["a failed track", [event("TrackStartEvent", {}), event("TrackExceptionEvent", {})], {}],
    ["a stuck track", [event("TrackStartEvent", {}), event("TrackStuckEvent", {})], {}],
    ["a destroyed player", [event("TrackStartEvent", {}), update({ destroyed: true })], {}],
    [
      "other events",
      [event("TrackStartEvent", {}), event("WebSocketClosedEvent", { code: 1 })],
      { track: "Q" },
    ],
    ["unknown events", [event("TrackStartEvent", {}), event("NewEvent", {})], { track: "Q" }],
    ["a player destroyed by an event", [event("TrackStartEvent", {}), event("PlayerDestroyedEvent", {})], {}],
    ["other operations", [receive({ op: "pong" }), receive({ op: "stats", stats: {} })], {}],
  ])("from %s", async (_, messages, expected) => {
    const state = new State();
    for (const message of messages) void state.handleMessage(message);
    await state.handleMessage(update(null, "3"));
    await state.handleMessage(event("WebSocketClosedEvent", { code: 1 }));
    expect(await contents(state)).toEqual({ ...nothing, ...expected });
  });

  it("from sent messages: voice server updates and the tracks of mixers", async () => {
    const state = new State();
    const voice = { op: "voice-server-update", guildId: "2", sessionId: "s", event: { token: "t" } };
    await state.handleSentMessage("2", "voice-server-update", voice);
    await state.handleSentMessage("2", "play", { track: "Q" });
    await state.handleSentMessage("2", "mixer", { players: { a: { track: "A" }, b: { track: "B" } } });
    await state.handleSentMessage("2", "mixer", { players: { a: { volume: 5 }, b: { track: null } } });
    expect(await contents(state)).toEqual({ ...nothing, session: "s", mixer: { a: "A" } });
    await state.handleMessage(update({ destroyed: true }));
    expect(await contents(state)).toEqual({ ...nothing, session: "s" });
  });
});

describe("what nodes do not report", () => {
  const detailsOf = async (state: State) => await (await state.get("2")).getDetails?.();
  const started = (track: string, play: Play | null) => {
    const message = event("TrackStartEvent", { track });
    if (message instanceof TrackStartEvent) message.play = play;
    return message;
  };
  const ended = (reason: string) => event("TrackEndEvent", { reason });
  const next = new Play("N", { next: true, radio: true, crossfade: 2 });

  it("is the operation that started the track, until it ends", async () => {
    const state = new State();
    const play = new Play("Q", { radio: true, end: 9, userData: "mine" });
    await state.handleMessage(started("Q", play));
    expect(await detailsOf(state)).toMatchObject({ play, next: null });
    await state.handleMessage(ended("FINISHED"));
    expect(await detailsOf(state)).toMatchObject({ play: null });
  });

  it.each([
    ["its start", (state: State) => state.handleMessage(started("N", next)), null],
    ["stop", (state: State) => state.handleSentMessage("2", "stop", {}), null],
    ["another play", (state: State) => state.handleSentMessage("2", "play", { track: "P" }), null],
    ["a stopped track", (state: State) => state.handleMessage(ended("STOPPED")), null],
    ["a removed player", (state: State) => state.handleMessage(ended("CLEANUP")), null],
    ["a finished track", (state: State) => state.handleMessage(ended("FINISHED")), next],
    ["a replaced track", (state: State) => state.handleMessage(ended("REPLACED")), next],
    [
      "a play that replaces nothing",
      (state: State) => state.handleSentMessage("2", "play", { track: "P", noReplace: true }),
      next,
    ],
  ])("is the next track after %s: %#", async (_, handle, expected) => {
    const state = new State();
    await state.handleSentMessage("2", "play", next.toRaw());
    await handle(state);
    expect((await detailsOf(state))?.next).toEqual(expected);
  });

  it("is the filters of plug-ins, of the player and of mixer players", async () => {
    const state = new State();
    const plugin = { depth: 3 };
    await state.handleSentMessage("2", "filters", {
      op: "filters",
      guildId: "2",
      plugin,
      volume: { volume: 2 },
    });
    await state.handleSentMessage("2", "update", { filters: { other: { a: 1 }, plugin: null } });
    await state.handleSentMessage("2", "mixer", {
      players: { a: { track: "A", end: 5_000 }, b: { filters: { plugin } } },
    });
    await state.handleSentMessage("2", "mixer", { players: { a: { filters: { plugin } } } });
    const play = new Play("A", { end: 5 });
    expect(await detailsOf(state)).toMatchObject({
      customFilters: { other: { a: 1 } },
      mixer: { a: { play, customFilters: { plugin } }, b: { play: null, customFilters: { plugin } } },
    });
    await state.handleMessage(update({ destroyed: true }));
    expect(await detailsOf(state)).toEqual(noDetails);
  });
});

/** State that handles each player update when the test resolves the next promise. */
class SlowState extends State {
  readonly order: string[] = [];
  readonly #gates: PromiseWithResolvers<void>[] = [];

  override async handlePlayerUpdate(message: Parameters<AbstractState["handlePlayerUpdate"]>[0]) {
    const gate = Promise.withResolvers<void>();
    this.#gates.push(gate);
    this.order.push(`start ${message.guildId}`);
    await gate.promise;
    this.order.push(`end ${message.guildId}`);
  }

  open(): void {
    this.#gates.shift()?.resolve();
  }
}

describe("handling", () => {
  it("is sequential within a guild and concurrent between guilds", async () => {
    const state = new SlowState();
    const handled = [update(null), update(null), update(null, "3")].map((message) =>
      state.handleMessage(message),
    );
    expect(state.order).toEqual(["start 2", "start 3"]);
    state.open();
    await handled[0];
    state.open();
    await handled[2];
    expect(state.order).toEqual(["start 2", "start 3", "end 2", "start 2", "end 3"]);
    state.open();
    await handled[1];
    expect(state.order.at(-1)).toBe("end 2");
  });
});

describe("errors", () => {
  class Failing extends State {
    readonly hooks: unknown[][] = [];
    override handlePlayerUpdate(): Promise<void> {
      return Promise.reject(new Error("store is down"));
    }
    override onHandleMessageError(...args: unknown[]) {
      this.hooks.push(args);
      throw new Error("hook is broken, too");
    }
    override onHandleSentMessageError(...args: unknown[]) {
      this.hooks.push(args);
    }
  }

  it("are passed to the hooks and stop neither state nor client", async () => {
    const state = new Failing();
    const message = update(null);
    void state.handleMessage(message);
    await state.handleMessage(event("TrackStartEvent", {}));
    expect(await contents(state)).toMatchObject({ track: "Q" });
    await state.handleSentMessage("2", "mixer", { players: 5 });
    expect(state.hooks).toEqual([
      [message, new Error("store is down")],
      ["2", "mixer", { players: 5 }, expect.any(MalformedDataError)],
    ]);
  });

  it("are passed to the `onError` option of State", async () => {
    const errors: unknown[] = [];
    const stateFactory = () => {
      throw new Error("no store");
    };
    const state = new State({ stateFactory, onError: (error) => errors.push(error) });
    await state.handleMessage(update(null));
    await state.handleSentMessage("2", "voice-server-update", {});
    expect(errors).toEqual([new Error("no store"), expect.any(MalformedDataError)]);
    await expect(new State().get(5 as never)).rejects.toThrow(TypeError);
  });
});

describe("errors without a receiver", () => {
  /** Waits for the warning about an error. */
  async function warningAbout(text: string): Promise<unknown> {
    for await (const [warning] of on(process, "warning")) {
      if (String(warning.message).includes(text)) return warning;
    }
    throw new Error("no warning");
  }
  const fail = (text: string) => Promise.reject(new RangeError(text));

  class OfStore extends State {
    override handlePlayerUpdate = () => fail("of the store");
  }
  class OfHook extends OfStore {
    override onHandleMessageError = () => fail("of the hook");
  }

  it.each([
    ["of the store", () => new OfStore()],
    ["of the hook", () => new OfHook()],
    ["of the option", () => new OfStore({ onError: () => fail("of the option") })],
  ])("%s are warnings of the platform, with the cause and its stack", async (text, make) => {
    const warning = warningAbout(text);
    await make().handleMessage(update(null));
    expect(await warning).toMatchObject({
      message: `the state failed: RangeError: ${text}`,
      cause: expect.any(RangeError),
      detail: expect.stringContaining("state.test.ts"),
    });
  });

  it("about a transmitted message are warnings, too", async () => {
    const warning = warningAbout("MalformedDataError");
    await new State().handleSentMessage("2", "mixer", { players: 5 });
    expect(await warning).toHaveProperty("cause", expect.any(MalformedDataError));
  });
});

describe("await using", () => {
  it("waits until all messages of all guilds are handled", async () => {
    const handled: string[] = [];
    const gate = Promise.withResolvers<void>();
    class Slow extends State {
      override async handlePlayerUpdate({ guildId }: PlayerUpdate): Promise<void> {
        await gate.promise;
        handled.push(guildId);
      }
    }
    {
      await using state = new Slow();
      void state.handleMessage(update(null));
      void state.handleMessage(update(null));
      setTimeout(gate.resolve, 20);
    }
    expect(handled).toEqual(["2", "2"]);
  });
});

describe("a slow store", () => {
  it("has a bounded queue, and dropped messages are reported", async () => {
    const gate = Promise.withResolvers<void>();
    const dropped: unknown[] = [];
    class Slow extends State {
      handled = 0;
      override async handlePlayerUpdate(): Promise<void> {
        await gate.promise;
        this.handled++;
      }
      override onHandleMessageError(_message: ReceiveOperation, error: unknown) {
        dropped.push(error);
      }
    }
    expect(() => new State({ maxWaitingMessages: 0 })).toThrow("maxWaitingMessages");
    const state = new Slow();
    const handled = Array.from({ length: 3_000 }, () => state.handleMessage(update(null)));
    await handled.at(-1);
    expect([dropped.length, dropped[0]]).toEqual([3_000 - 1_024, expect.any(QueueFullError)]);
    let caughtUp = false;
    const whenHandled = state.whenHandled("2").then(() => {
      caughtUp = true;
    });
    await state.whenHandled("3");
    expect(caughtUp).toBe(false);
    gate.resolve();
    await whenHandled;
    expect(state.handled).toBe(1_024);
  });

  it("may have slow and failing hooks", async () => {
    class Failing extends State {
      override handlePlayerUpdate(): Promise<void> {
        return Promise.reject(new Error("store is down"));
      }
      override async onHandleMessageError(): Promise<void> {
        await Promise.reject(new Error("hook is down"));
      }
    }
    await new Failing().handleMessage(update(null));
    const state = new State({
      stateFactory: () => {
        throw new Error("no store");
      },
      onError: () => Promise.reject(new Error("report is down")),
    });
    await state.handleMessage(update(null));
  });
});

describe("keepStates", () => {
  it("returns the same player state for a canonical id, or a new one each time", async () => {
    const kept = new State();
    expect(await kept.get("7")).toBe(await kept.get(7n));
    expect(await kept.get("007")).toBe(await kept.get("7"));
    expect([...(kept.playerStates ?? [])].map(([id]) => id)).toEqual(["7"]);
    const made: string[] = [];
    const stateFactory = (id: string) => {
      made.push(id);
      return new PlayerState(id);
    };
    const fresh = new State({ keepStates: false, stateFactory });
    expect(await fresh.get("7")).not.toBe(await fresh.get("7"));
    expect([fresh.playerStates, made]).toEqual([null, ["7", "7"]]);
  });

  it("does not require a store to support mixers", async () => {
    class Minimal extends AbstractPlayerState {
      getPlayer = () => Promise.resolve(null);
      setPlayer = () => Promise.resolve();
      getVoiceServerUpdate = () => Promise.resolve(null);
      setVoiceServerUpdate = () => Promise.resolve();
      getTrack = () => Promise.resolve(null);
      setTrack = () => Promise.resolve();
    }
    const errors: unknown[] = [];
    const state = new State({
      stateFactory: (id) => new Minimal(id),
      onError: (error) => errors.push(error),
    });
    await state.handleSentMessage("2", "mixer", { players: { a: { track: "A" } } });
    await state.handleMessage(update({ destroyed: true }));
    expect(errors).toEqual([]);
    expect(state).toBeInstanceOf(AbstractState);
  });
});

describe("PlayerState", () => {
  const player = Player.fromRaw({
    time: 1_700_000_000_123,
    position: 2_500,
    volume: 33,
    filters: { volume: { volume: 2 } },
  });
  const voice = new VoiceServerUpdate("s", { token: "t", endpoint: null, guild_id: "2" }, { channelId: "9" });

  it("is restored completely from JSON", async () => {
    const state = new PlayerState("2");
    await state.setPlayer(player);
    await state.setVoiceServerUpdate(voice);
    await state.setTrack("Q");
    await state.setMixer({ a: "A" });
    await state.setDetails({
      play: new Play("Q", { radio: true, end: 9, userData: { by: ["me"] } }),
      next: new Play("N", { next: true, crossfade: 2 }),
      customFilters: { plugin: { depth: 1 } },
      mixer: { a: { play: new Play("A", { end: 4 }), customFilters: {} } },
    });
    const stored = JSON.parse(JSON.stringify(state.toRaw()));
    expect(Object.keys(stored)).toEqual([
      "guildId",
      "player",
      "track",
      "voiceServerUpdate",
      "mixer",
      "details",
    ]);
    const restored = PlayerState.fromRaw(stored);
    expect(restored.toRaw()).toEqual(state.toRaw());
    expect(await restored.getDetails()).toEqual(await state.getDetails());
    expect(JSON.parse(JSON.stringify(state))).toEqual(stored);
    expect(await restored.getPlayer()).toEqual(player);
    expect((await restored.getPlayer())?.time.toISOString()).toBe("2023-11-14T22:13:20.123Z");
    expect(PlayerState.fromRaw({ guildId: "2" }).toRaw()).toEqual(new PlayerState(2n).toRaw());
  });

  it("preserves all fields of its parts", () => {
    expect(playerFromRaw(JSON.parse(JSON.stringify(playerToRaw(player))))).toEqual(player);
    const raw = JSON.parse(JSON.stringify(voiceServerUpdateToRaw(voice)));
    expect(raw).toEqual({ sessionId: "s", event: voice.event, channelId: "9" });
    expect(voiceServerUpdateToRaw(voiceServerUpdateFromRaw(raw))).toMatchObject({
      sessionId: "s",
      channelId: "9",
    });
  });

  it.each([
    null,
    5,
    {},
    { guildId: "2", track: 5 },
    { guildId: "2", mixer: { a: 1 } },
    { guildId: "2", player: 5 },
    { guildId: "2", details: 5 },
    { guildId: "2", details: { next: {} } },
    { guildId: "2", details: { mixer: { a: 5 } } },
    { guildId: "2", details: { customFilters: [] } },
  ])("throws for %j", (raw) => expect(() => PlayerState.fromRaw(raw)).toThrow(MalformedDataError));
});
