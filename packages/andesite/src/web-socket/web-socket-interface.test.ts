import { makeObservable } from "@asterite/observable";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ConnectionError, InvalidTypeError } from "../errors.ts";
import { readReceiveOperation } from "../events/read-receive-operation.ts";
import { PlayerUpdate, PongResponse, StatsUpdate } from "../events/receive-operation.ts";
import { mixIn } from "../mixin.ts";
import { Tremolo } from "../models/plain-filters.ts";
import { encoded, makeClient, startNode } from "../nodes.test-support.ts";
import { Play } from "../operations/playback.ts";
import { Update } from "../operations/update.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";
import { WebSocketDisconnectEvent } from "./events.ts";
import { WebSocketInterface } from "./web-socket-interface.ts";

/** Replies of a node to a message, which arrive before the transmission is reported. */
type Node = (client: Client, guildId: string, op: string, payload: object) => void;

class Base extends WebSocketInterface {
  closed = false;
  readonly sent: unknown[] = [];
  node: Node = () => {};

  close() {
    return Promise.resolve();
  }

  reset() {
    return Promise.resolve();
  }

  async send(guildId: string | bigint, op: string, payload: Record<string, unknown>) {
    this.sent.push([op, payload]);
    this.node(this as unknown as Client, String(guildId), op, payload);
    await new Promise((resolve) => setImmediate(resolve));
  }

  receive(body: Record<string, unknown>) {
    const { operation } = readReceiveOperation(body);
    if (!operation) throw new Error("unreadable");
    void this.eventTarget.emit(operation);
  }
}
const ObservableBase = makeObservable(Base);
type Client = InstanceType<typeof ObservableBase>;

const lost = (client: Client) => client.emit(new WebSocketDisconnectEvent(client as never, false));

describe("operations", () => {
  const tremolo = { frequency: 4, depth: 0.5 };
  it.each<[string, (client: Client) => Promise<void>, string, object]>([
    [
      "play",
      (c) => c.play("1", encoded("Q"), { start: 1, volume: 0.5 }),
      "play",
      { track: encoded("Q"), start: 1000, volume: 50, noReplace: false },
    ],
    [
      "play with an operation",
      (c) => c.play("1", new Play(encoded("Q"))),
      "play",
      { track: encoded("Q"), noReplace: false },
    ],
    ["pause", (c) => c.pause("1", true), "pause", { pause: true }],
    ["stop", (c) => c.stop("1"), "stop", {}],
    ["seek", (c) => c.seek("1", 2.5), "seek", { position: 2500 }],
    ["volume", (c) => c.volume("1", 1.5), "volume", { volume: 150 }],
    ["update", (c) => c.update("1", { pause: false, position: 0 }), "update", { pause: false, position: 0 }],
    ["update with an operation", (c) => c.update("1", new Update({ volume: 1 })), "update", { volume: 100 }],
    ["destroy", (c) => c.destroy("1"), "destroy", {}],
    [
      "mixer",
      (c) => c.mixer("1", null, { a: new Play(encoded("Q")) }),
      "mixer",
      { players: { a: { track: encoded("Q"), noReplace: false } } },
    ],
    ["mixer alone", (c) => c.mixer("1", true), "mixer", { enable: true, players: {} }],
    [
      "filters",
      (c) => c.filters("1", { tremolo: new Tremolo(tremolo), custom: { a: 1 } }),
      "filters",
      { tremolo, custom: { a: 1 } },
    ],
    [
      "voiceServerUpdate",
      (c) => c.voiceServerUpdate("1", "s", { token: "t", endpoint: "e", guild_id: "1" }, { channelId: "5" }),
      "voice-server-update",
      { sessionId: "s", event: { token: "t", endpoint: "e", guild_id: "1" }, channelId: "5" },
    ],
  ])("%s sends exactly its payload", async (_, call, op, payload) => {
    const client = new ObservableBase();
    await call(client);
    expect(client.sent).toStrictEqual([[op, payload]]);
  });

  it("reject invalid arguments", async () => {
    const client = new ObservableBase();
    await expect(client.play("1", new Play(encoded("Q")), { start: 1 })).rejects.toThrow(InvalidTypeError);
    await expect(client.play("1", 5 as never)).rejects.toThrow(TypeError);
    await expect(client.seek("1", Number.NaN)).rejects.toThrow(RangeError);
    await expect(client.getPlayer(5 as never)).rejects.toThrow(TypeError);
    // Sent as a filter named 0, which a node ignores.
    await expect(client.filters("1", [new Tremolo(tremolo)] as never)).rejects.toThrow(
      "filters must be a FilterMap or an object",
    );
    expect(client.sent).toEqual([]);
  });
});

describe("replies", () => {
  const answering: Node = (client, guildId, op, payload) => {
    const ids = { userId: "1", guildId };
    if (op === "get-player") {
      client.receive({ op: "player-update", ...ids, guildId: "999", state: null });
      client.receive({ op: "player-update", ...ids, state: { volume: Number(guildId) } });
    } else if (op === "get-stats") client.receive({ op: "stats", stats: { players: { total: 3 } } });
    else client.receive({ op: "pong", userId: "1", ...(guildId === "7" ? {} : { guildId, ...payload }) });
  };

  it("are matched when they arrive immediately, for several guilds at once", async () => {
    const client = new ObservableBase();
    client.node = answering;
    const players = await Promise.all([
      client.getPlayer("10"),
      client.getPlayer(20n),
      client.getPlayer("030"),
    ]);
    expect(players.map((player) => player?.volume)).toEqual([0.1, 0.2, 0.3]);
    expect((await client.getStats("1")).players.total).toBe(3);
    expect(await client.ping("8")).toBeGreaterThanOrEqual(0);
    expect(await client.ping("7")).toBeGreaterThanOrEqual(0);
    client.node = (_, guildId, op, payload) =>
      client.receive({ ...payload, op: op === "ping" ? "pong" : "player-update", guildId, state: null });
    expect(await client.getPlayer("1")).toBe(null);
  });

  it("are offered only to the queries of their guild", async () => {
    let offers = 0;
    class Counting extends ObservableBase {
      // Each offered reply is compared with the route of the query.
      getClient() {
        offers++;
        return null;
      }
    }
    const client = new Counting();
    const waiting: (() => void)[] = [];
    client.node = (...message) => waiting.push(() => answering(...message));
    const players = Array.from({ length: 200 }, (_, index) => client.getPlayer(String(1_000 + index)));
    for (const reply of waiting) reply();
    expect((await Promise.all(players)).map((player) => player?.volume)).toHaveLength(200);
    expect(offers).toBeLessThan(200 * 5);
  });

  it("are rejected only when the connection is lost after the transmission", async () => {
    const client = new ObservableBase();
    client.node = () => setImmediate(() => setImmediate(() => lost(client)));
    await expect(client.getPlayer("1")).rejects.toThrow(ConnectionError);
    client.node = (_, guildId, _op, payload) => {
      void lost(client);
      setImmediate(() => setImmediate(() => client.receive({ ...payload, op: "pong", guildId })));
    };
    expect(await client.ping("1")).toBeGreaterThan(0);
  });

  it("are rejected when the signal aborts or sending fails", async () => {
    const client = new ObservableBase();
    const controller = new AbortController();
    client.node = () => controller.abort(new Error("enough"));
    await expect(client.getStats("1", { signal: controller.signal })).rejects.toThrow("enough");
    client.node = () => {
      throw new Error("cannot send");
    };
    await expect(client.ping("1")).rejects.toThrow("cannot send");
  });

  it("can be awaited by class and guild", async () => {
    const client = new ObservableBase();
    const waiting = client.waitForReceive(PlayerUpdate, { guildId: "2" });
    client.receive({ op: "player-update", guildId: "1" });
    client.receive({ op: "pong" });
    client.receive({ op: "player-update", guildId: "2" });
    expect((await waiting).guildId).toBe("2");
  });

  it("can be awaited for all guilds, and without a guild also for one", async () => {
    const client = new ObservableBase();
    const update = client.waitForReceive(PlayerUpdate);
    client.receive({ op: "player-update", guildId: "7" });
    expect((await update).guildId).toBe("7");
    const replies = [
      client.waitForReceive(StatsUpdate, { guildId: "2" }),
      client.waitForReceive(PongResponse, { guildId: "2" }),
    ] as const;
    client.receive({ op: "pong", guildId: "1" });
    client.receive({ op: "stats", stats: {} });
    client.receive({ op: "pong" });
    expect(await Promise.all(replies)).toMatchObject([{ op: "stats" }, { op: "pong", guildId: null }]);
  });

  it("can be awaited for a minute by default, and no longer than the given time", async () => {
    const client = new ObservableBase();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(client.waitForReceive(PlayerUpdate, { signal })).rejects.toThrow("enough");
    await expect(client.waitForReceive(PlayerUpdate, { timeoutMs: 5 })).rejects.toMatchObject({
      code: "CONNECTION_TIMEOUT",
      message: "no PlayerUpdate arrived within 5 ms",
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const outcomes: unknown[] = [];
    client.waitForReceive(PlayerUpdate).catch(({ timeoutMs }) => outcomes.push(timeoutMs));
    client
      .waitForReceive(PlayerUpdate, { timeoutMs: Number.POSITIVE_INFINITY })
      .catch(() => outcomes.push("never"));
    await vi.advanceTimersByTimeAsync(59_999);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(100_000_000);
    expect(outcomes).toEqual([60_000]);
  });
});

describe("WebSocketInterface", () => {
  it("can be mixed into another client", async () => {
    class Other extends AbstractWebSocket {
      closed = false;
      readonly sent: string[] = [];
      close = () => Promise.resolve();
      reset = () => Promise.resolve();
      send(_guildId: unknown, op: string) {
        this.sent.push(op);
        return Promise.resolve();
      }
    }
    expect(new Other() instanceof WebSocketInterface).toBe(false);
    mixIn(Other, WebSocketInterface);
    const client = new Other() as Other & WebSocketInterface;
    expect(client instanceof WebSocketInterface).toBe(true);
    await client.stop("1");
    expect(client.sent).toEqual(["stop"]);
  });
});

it.each<[string, Readonly<Record<string, unknown>>]>([
  ["event.endpoint", { guild_id: "1", token: "t" }],
  ["event.endpoint", { endpoint: "", guild_id: "1", token: "t" }],
  ["event.guild_id", { endpoint: "e", token: "t" }],
  ["event.token", { endpoint: null, guild_id: "1" }],
])("voiceServerUpdate refuses a body without its fields: %s", async (field, event) => {
  const node = await startNode();
  const client = makeClient(node);
  await expect(client.voiceServerUpdate("1", "s", event)).rejects.toMatchObject({
    code: "INVALID_TYPE",
    field,
  });
  await client.voiceServerUpdate("1", "s", { endpoint: null, guild_id: "1", token: "t" });
  await client.ping("1");
  expect(node.operations.map(({ op }) => op).filter((op) => op === "voice-server-update")).toHaveLength(1);
});
