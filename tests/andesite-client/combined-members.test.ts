// Seed document: "You can use the combined client for everything that implements the abstract methods. This
// means that you can use the combined client for ClientPool clients!"

import {
  AbstractHTTP,
  type AbstractWebSocket,
  AbstractWebSocket as AbstractWebSocketClass,
  AbstractWebSocketClient,
  Client,
  ClientBase,
  ClientClosedError,
  createClient,
  createPool,
  HTTP,
  HTTPInterface,
  PoolClientExcludeEvent,
  PoolEmptyError,
  PoolGuildMoveEvent,
  RawMsgSendEvent,
  WebSocketInterface,
} from "@asterite/andesite";
import { HTTPPool, MissingUserIdError, OutOfRangeError, WebSocketPool } from "@asterite/andesite/advanced";
import { describe, expect, it, onTestFinished } from "vitest";
import { closeAfterTest, nodeKinds, type ObservedNode, startNode, until } from "../support/andesite.ts";

const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };
/** Creates a combined client, whose default state a pool replaces by its own. */
const combined = (node: Pick<ObservedNode, "httpUrl" | "webSocketUrl">, password: string | null = null) =>
  closeAfterTest(createClient(node.httpUrl, node.webSocketUrl, password, "1", quick));
const inOrder =
  (...clients: readonly AbstractWebSocket[]) =>
  ({ client }: { readonly client: AbstractWebSocket }) =>
    -clients.indexOf(client);

describe("a combined client", () => {
  it("is an instance of both abstract classes, and never of that of a connection", () => {
    const client = combined({ httpUrl: "http://n/", webSocketUrl: "ws://n/websocket" });
    for (const kind of [
      AbstractHTTP,
      AbstractWebSocketClass,
      HTTPInterface,
      WebSocketInterface,
      ClientBase,
    ]) {
      expect(client).toBeInstanceOf(kind);
    }
    expect(client).not.toBeInstanceOf(AbstractWebSocketClient);
    expect(createPool([], [], { userId: "1" })).not.toBeInstanceOf(AbstractWebSocketClient);
    const base = new ClientBase(client.http, client.webSocket);
    expect([base instanceof AbstractHTTP, base instanceof AbstractWebSocketClass]).toEqual([true, true]);
    expect([base instanceof HTTPInterface, base instanceof WebSocketInterface]).toEqual([false, false]);
  });

  it("cannot be a member of a pool that it contains", () => {
    const pool = new WebSocketPool([]);
    const http = new HTTPPool([]);
    const client = new Client(http, pool);
    expect(() => pool.addClient(client)).toThrow(OutOfRangeError);
    expect(() => pool.addClient(pool)).toThrow(OutOfRangeError);
    expect(() => http.addClient(client)).toThrow(OutOfRangeError);
    expect(() => http.addClient(http)).toThrow(OutOfRangeError);
    expect(() => new HTTPPool([http]).addClient(new Client(new HTTPPool([http]), pool))).not.toThrow();
    expect(() => http.addClient(new HTTPPool([http]))).toThrow(OutOfRangeError);
    expect([pool.size, http.size]).toEqual([0, 0]);
  });
});

describe.each(nodeKinds)("combined clients on $name", ({ start }) => {
  it("are parts of another combined client", async () => {
    const node = await start();
    const inner = combined(node);
    const outer = new Client(inner, inner);
    expect([outer.connected, outer.connectionId]).toEqual([false, null]);
    await outer.connect();
    expect([outer.connected, outer.connectionId]).toEqual([true, inner.connectionId]);
    await outer.play("5", node.track("A"));
    expect(await outer.getPlayer("5")).not.toBeNull();
    expect(await outer.ping("5")).toBeGreaterThan(0);
    expect((await outer.loadTracks("raw:nothing")).loadType).toBe("NO_MATCHES");
    await outer.close();
    expect(inner.closed).toBe(true);
  });

  it("are members of both pools, which move their players when a node fails", async () => {
    const [a, b] = [await start(), await start()];
    const [one, two] = [combined(a), combined(b)];
    const http = new HTTPPool([one, two]);
    const pool = new WebSocketPool([one, two], { migrateAfterMs: 20, scoringFunction: inOrder(one, two) });
    const client = closeAfterTest(new Client(http, pool));
    await client.play("5", a.track("A"), { volume: 0.5 });
    expect((await client.getPlayer("5"))?.volume).toBe(0.5);
    expect(pool.getClient("5")).toBe(one);
    expect([one.state, two.state]).toEqual([pool.state, pool.state]);
    expect(pool.getGuildIds(one)).toEqual(new Set(["5"]));
    for (let turn = 0; turn < 2; turn++) await client.loadTracks("raw:nothing");
    expect([a.requests.length, b.requests.length]).toEqual([1, 1]);
    const moved = client.subscribe(PoolGuildMoveEvent).first();
    await a.die();
    expect((await moved).client).toBe(two);
    // Both sides of the dead node count as one: requests pass it over.
    expect((await client.loadTracks("raw:nothing")).loadType).toBe("NO_MATCHES");
    await until(async () => (await b.state("5"))?.volume === 50);
    expect((await client.getPlayer("5"))?.volume).toBe(0.5);
  });

  it("of pools are members of a pool, whose guilds move when a whole pool has failed", async () => {
    const nodes = [await start(), await start(), await start()] as const;
    const [inA, inB, other] = [combined(nodes[0]), combined(nodes[1]), combined(nodes[2])];
    const options = { migrateAfterMs: 20 };
    const inner = new WebSocketPool([inA, inB], {
      ...options,
      state: false,
      scoringFunction: inOrder(inA, inB),
    });
    const near = new Client(new HTTPPool([inA, inB]), inner);
    const pool = new WebSocketPool([near, other], { ...options, scoringFunction: inOrder(near, other) });
    closeAfterTest(pool);
    await pool.play("5", nodes[0].track("A"), { volume: 0.5 });
    expect((await pool.getPlayer("5"))?.volume).toBe(0.5);
    expect([pool.getClient("5"), inner.getClient("5")]).toEqual([near, inA]);
    // The inner pool moves its guild; the outer one keeps it.
    const moved = pool.subscribe(PoolGuildMoveEvent).first();
    await nodes[0].die();
    expect(await moved).toMatchObject({ pool: inner, client: inB });
    expect((await pool.getPlayer("5"))?.volume).toBe(0.5);
    expect(pool.getClient("5")).toBe(near);
    await inner.close();
    await pool.pause("5", true);
    // After it, the next player update is the reply to the query.
    await pool.ping("5");
    expect((await pool.getPlayer("5"))?.paused).toBe(true);
    expect([pool.getClient("5"), pool.size]).toEqual([other, 1]);
    expect(await nodes[2].state("5")).toMatchObject({ volume: 50, paused: true });
  });
});

describe("the exclusion of a member of an HTTP pool", () => {
  const refused = async () => {
    const node = await startNode({ password: "right" });
    node.respond = () => ({ status: 401, body: { code: 401, message: "Unauthorized" } });
    return new HTTPPool([new HTTP(node.httpUrl, "wrong")]);
  };
  const exclusionsOf = (client: Client) => {
    const seen: unknown[] = [];
    client.on(PoolClientExcludeEvent, ({ pool }) => seen.push(pool));
    return seen;
  };

  it("is an event of the combined client, once, also through another one", async () => {
    const pool = await refused();
    const inner = new Client(pool, new WebSocketPool([]));
    const clients = [inner, new Client(inner, inner), new Client(inner, new WebSocketPool([]))];
    const seen = clients.map(exclusionsOf);
    await expect(inner.loadTracks("x")).rejects.toThrow(PoolEmptyError);
    expect(seen).toEqual(clients.map(() => [pool]));
  });

  it("is an event of the clients that have the pool now", async () => {
    const [before, after] = [await refused(), await refused()];
    const client = new Client(before, new WebSocketPool([]));
    const seen = exclusionsOf(client);
    client.http = after;
    await expect(before.getStats()).rejects.toThrow(PoolEmptyError);
    await expect(after.getStats()).rejects.toThrow(PoolEmptyError);
    expect(seen).toEqual([after]);
  });
});

describe("an exclusion without a listener is a warning of the platform", () => {
  const lock = async () => {
    const node = await startNode({ password: "right" });
    node.respond = () => ({ status: 401, body: { code: 401, message: "Unauthorized" } });
    return node;
  };
  /** Returns the warnings about exclusions until the test ends. */
  const warnings = () => {
    const seen: string[] = [];
    const record = ({ message }: Error) => void (message.includes("Exclude") && seen.push(message));
    process.on("warning", record);
    onTestFinished(() => void process.off("warning", record));
    return seen;
  };

  it("of either pool, once", async () => {
    const seen = warnings();
    const { httpUrl, webSocketUrl } = await lock();
    const client = createPool([[httpUrl, "wrong"]], [[webSocketUrl, "wrong"]], { userId: "1" });
    closeAfterTest(client);
    await expect(client.loadTracks("x")).rejects.toThrow(PoolEmptyError);
    await expect.poll(() => seen.length).toBe(1);
    expect(seen[0]).toContain(`${httpUrl}): Unauthorized`);
    await expect(client.stop("5")).rejects.toThrow(PoolEmptyError);
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[1]).toContain("the password is missing or wrong");
  });

  it("and not with one", async () => {
    const seen = warnings();
    const { httpUrl, webSocketUrl } = await lock();
    const client = createPool([[httpUrl, "wrong"]], [[webSocketUrl, "wrong"]], { userId: "1" });
    closeAfterTest(client);
    const excluded: unknown[] = [];
    client.on(PoolClientExcludeEvent, ({ pool }) => excluded.push(pool));
    await expect(client.loadTracks("x")).rejects.toThrow(PoolEmptyError);
    await expect(client.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(excluded).toEqual([client.http, client.webSocket]);
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
  });
});

describe("the user id", () => {
  it("can be set through a combined client before it connects", async () => {
    const node = await startNode();
    const client = closeAfterTest(createClient(node.httpUrl, node.webSocketUrl, null, null, quick));
    expect(client.userId).toBeNull();
    await expect(client.connect()).rejects.toThrow(MissingUserIdError);
    const outer = new Client(client, client);
    outer.userId = 7n;
    expect([outer.userId, client.userId]).toEqual(["7", "7"]);
    expect(() => {
      outer.userId = "seven";
    }).toThrow("userId");
    await outer.connect();
    expect(node.handshakes[0]?.headers["user-id"]).toBe("7");
  });

  it("is that of each member in a pool", () => {
    const client = createPool([], [], { userId: "1" });
    expect(client.userId).toBeNull();
    expect(() => {
      client.userId = "7";
    }).toThrow("userId must be set for the members of the pool");
  });
});

describe("the raw-send event", () => {
  const recordEvents = (client: Client) => {
    const events: RawMsgSendEvent[] = [];
    client.on(RawMsgSendEvent, (event) => events.push(event));
    return events;
  };

  it("is emitted by a closed client", async () => {
    const client = combined({ httpUrl: "http://n/", webSocketUrl: "ws://n/websocket" });
    await client.close();
    const events = recordEvents(client);
    await expect(client.pause("5", true)).rejects.toThrow(ClientClosedError);
    const body = { op: "pause", guildId: "5", pause: true };
    expect(events).toMatchObject([{ client: client.webSocket, guildId: "5", op: "pause", body }]);
  });

  it("is emitted by an empty and by a closed pool", async () => {
    const client = createPool([], [], { userId: "1" });
    const events = recordEvents(client);
    await expect(client.stop("5")).rejects.toThrow(PoolEmptyError);
    await client.close();
    await expect(client.stop("6")).rejects.toThrow(ClientClosedError);
    const pool = client.webSocket;
    expect(events).toMatchObject([
      { client: pool, guildId: "5", op: "stop", body: { op: "stop", guildId: "5" } },
      { client: pool, guildId: "6", op: "stop" },
    ]);
  });
});
