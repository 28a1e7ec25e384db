// Check-list of the client's contract (section 14), items 15 and 16: pools. Tests of HTTP pools need scripted
// responses; those of WebSocket pools also run with complete nodes.

import {
  type AbstractHTTP,
  type AbstractWebSocketClient,
  ClientClosedError,
  HTTPBase,
  HTTPError,
  type HTTPPoolOptions,
  PoolClientAddEvent,
  PoolClientRemoveEvent,
  PoolEmptyError,
  type PoolScoringFunction,
  State,
  WebSocketBase,
  type WebSocketPoolOptions,
} from "@asterite/andesite";
import { HTTPPool, WebSocketPool } from "@asterite/andesite/advanced";
import { FakeClock, ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  closeAfterTest,
  type NodeKind,
  nodeKinds,
  type ObservedNode,
  startNode,
  until,
} from "../support/andesite.ts";

/** Starts a node that responds to each request with its name, and creates its client. */
const startNamed = async (name: string) => {
  const node = await startNode();
  node.respond = () => ({ status: 200, body: name });
  return { node, client: closeAfterTest(new HTTPBase(node.httpUrl, null)) };
};
const ask = (pool: AbstractHTTP) => pool.request("GET", "stats");
const dead = () => closeAfterTest(new HTTPBase("http://127.0.0.1:9/", null));
const httpPool = (clients: readonly AbstractHTTP[], options?: HTTPPoolOptions) =>
  closeAfterTest(new HTTPPool(clients, options));

describe("14.15 HTTP pool", () => {
  it("14.15 sends each request through the next client, in order, without duplicates", async () => {
    const [a, b, c] = [await startNamed("a"), await startNamed("b"), await startNamed("c")];
    const pool = httpPool([a.client, b.client, a.client, c.client]);
    expect([pool.size, pool.getCurrentClient()]).toEqual([3, a.client]);
    const answers: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) answers.push(await ask(pool));
    expect(answers).toEqual(["b", "c", "a", "b"]);
    expect(pool.getNextClient()).toBe(c.client);
  });

  it("14.15 sends the request through the next client after the timeout, and uses the first response", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    a.node.stall();
    b.node.respond = () => void a.node.resume();
    const pool = httpPool([a.client, b.client], { timeout: 0.02 });
    expect(await ask(pool)).toBe("a");
    expect([a.node.requests.length, b.node.requests.length]).toEqual([1, 1]);
  });

  it("14.15 uses a late response if it is the first", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    b.node.stall();
    a.node.respond = () => void b.node.resume();
    const pool = httpPool([a.client, b.client], { timeout: 0.02 });
    expect(await ask(pool)).toBe("b");
    expect(a.node.requests).toHaveLength(1);
  });

  it("14.15 does not send a request twice through the same client", async () => {
    const { node, client } = await startNamed("a");
    node.delayMs = 60;
    expect(await ask(httpPool([client], { timeout: 0.01 }))).toBe("a");
    expect(node.requests).toHaveLength(1);
  });

  it("14.15 penalises the failed client, and removes it above the limit", async () => {
    const { client } = await startNamed("good");
    const bad = dead();
    const pool = httpPool([client, bad], { maxPenalties: 2 });
    const removed: unknown[] = [];
    pool.eventTarget.on(PoolClientRemoveEvent, (event) => removed.push(event.client));
    for (let turn = 0; turn < 10; turn++) expect(await ask(pool)).toBe("good");
    expect([removed, [...pool]]).toEqual([[bad], [client]]);
  });

  it("14.15 expires penalties", async () => {
    const clock = new FakeClock();
    const { client } = await startNamed("good");
    const bad = dead();
    const pool = httpPool([client, bad], { maxPenalties: 1, penaltyTimeFrame: 10, clock });
    for (let turn = 0; turn < 10; turn++) {
      await clock.advance(11_000);
      await ask(pool);
    }
    expect(pool.has(bad)).toBe(true);
    for (let turn = 0; turn < 2; turn++) await ask(pool);
    expect(pool.has(bad)).toBe(false);
  });

  it("14.15 returns responses of a node, including errors", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    b.node.respond = () => ({ status: 404, body: { code: 404, message: "Not found" } });
    const pool = httpPool([a.client, b.client], { maxPenalties: 0 });
    await expect(ask(pool)).rejects.toThrow(HTTPError);
    expect([a.node.requests.length, pool.size]).toEqual([0, 2]);
  });

  it("14.15 adds and removes members, and removes closed ones", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    const pool = httpPool([a.client]);
    pool.addClient(b.client);
    expect(() => pool.addClient(b.client)).toThrow(RangeError);
    await b.client.close();
    expect([await ask(pool), await ask(pool), pool.has(b.client)]).toEqual(["a", "a", false]);
    pool.removeClient(a.client);
    expect(() => pool.removeClient(a.client)).toThrow(RangeError);
    expect(pool.getNextClient()).toBeNull();
  });

  it("14.15 rejects with PoolEmptyError when empty, and with ClientClosedError when closed", async () => {
    await expect(ask(httpPool([]))).rejects.toThrow(PoolEmptyError);
    const pool = httpPool([dead()], { maxPenalties: 0 });
    const error: unknown = await ask(pool).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PoolEmptyError);
    expect(error).toMatchObject({ pool, cause: expect.any(TypeError) });
    const { client } = await startNamed("a");
    const closed = httpPool([client]);
    await closed.close();
    await expect(ask(closed)).rejects.toThrow(ClientClosedError);
    await closed.reset();
    expect(await ask(closed)).toBe("a");
  });
});

const member = (node: ObservedNode | ScriptedNode | string, maxConnectAttempts: number | null = null) =>
  closeAfterTest(
    new WebSocketBase(typeof node === "string" ? node : node.webSocketUrl, "1", null, {
      backoff: { capMs: 20 },
      stableAfterMs: 0,
      maxConnectAttempts,
    }),
  );
const webSocketPool = (clients: readonly AbstractWebSocketClient[], options?: WebSocketPoolOptions) =>
  closeAfterTest(new WebSocketPool(clients, { migrateAfterMs: 20, ...options }));
const inOrder =
  (...clients: readonly AbstractWebSocketClient[]): PoolScoringFunction =>
  ({ client }) =>
    -clients.indexOf(client as AbstractWebSocketClient);
const twoNodes = async (start: NodeKind["start"]) => {
  const [a, b] = [await start(), await start()];
  const [one, two] = [member(a), member(b)];
  return { a, b, one, two };
};
/** Plays a track in a guild, and waits until the operation is acknowledged. */
const play = async (pool: WebSocketPool, guild: string, node: ObservedNode) => {
  // Without a token, so that a complete node waits for another update instead of connecting.
  await pool.voiceServerUpdate(guild, "s", { endpoint: "e", guild_id: guild, token: "t" });
  await pool.play(guild, node.track(`track ${guild}`), { volume: 0.5 });
  await pool.ping(guild);
  await pool.ping(guild);
};

describe("14.16 WebSocket pool", () => {
  it.each<[string, PoolScoringFunction]>([
    ["a number", ({ client }) => Number(String(client).includes("two"))],
    ["a text", ({ client }) => (String(client).includes("two") ? "b" : "a")],
    ["a list", ({ client }) => [1, String(client).includes("two") ? 1 : 0]],
    ["a promise", ({ client }) => Promise.resolve(Number(String(client).includes("two")))],
  ])("14.16 scoring by %s", async (_, scoringFunction) => {
    const [one, two] = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool([one, two], { scoringFunction });
    expect(await pool.findBestClient("5")).toBe(two);
  });

  it("14.16 selects a random member of equal scores", async () => {
    const members = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool(members, { scoringFunction: () => 1 });
    const chosen = new Set<unknown>();
    for (let guild = 0; guild < 100; guild++) chosen.add(await pool.findBestClient(String(guild)));
    expect(chosen).toEqual(new Set(members));
  });

  it("14.16 shares one state with all members", () => {
    const [one, two] = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool([one, two]);
    expect(pool.state).toBeInstanceOf(State);
    expect([one.state, two.state]).toEqual([pool.state, pool.state]);
    const state = new State();
    pool.state = state;
    expect([pool.state, one.state, two.state]).toEqual([state, state, state]);
    pool.state = true;
    expect(one.state).toBe(pool.state);
    pool.state = false;
    expect([pool.state, one.state]).toEqual([null, null]);
  });

  it("14.16 emits events after adding and removing, and has no effect for invalid arguments", () => {
    const [one, two] = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool([one]);
    const sizes: number[] = [];
    pool.on([PoolClientAddEvent, PoolClientRemoveEvent], () => sizes.push(pool.size));
    expect(() => pool.addClient(one)).toThrow(RangeError);
    expect(() => pool.removeClient(two)).toThrow(RangeError);
    two.state = new State();
    expect(() => pool.addClient(two)).toThrow(RangeError);
    expect([pool.size, sizes]).toEqual([1, []]);
    two.state = false;
    pool.addClient(two);
    pool.removeClient(one);
    expect([sizes, one.state, two.state]).toEqual([[2, 1], null, pool.state]);
  });
});

/** Returns the operations of a guild without filters, which a complete node always reports. */
const restoring = (node: ObservedNode, guildId: string) =>
  node.opsOf(guildId).filter((op) => op !== "update");

/** Matches the play of a guild's track. */
const played = (guildId: string, node: ObservedNode) =>
  expect.objectContaining({
    op: "play",
    guildId,
    fields: expect.objectContaining({ track: node.track(`track ${guildId}`) }),
  });

describe.each(nodeKinds)("14.16 WebSocket pool of $name", ({ start }) => {
  it("14.16 prefers by default connected members, then the region, then the fewest guilds", async () => {
    const [eu, us] = [await start({ region: "eu" }), await start({ region: "us" })];
    const [one, two] = [member(eu), member(us)];
    const pool = webSocketPool([one, two, member(await ScriptedNode.deadUrl())]);
    await Promise.all([one.connect(), two.connect()]);
    for (let guild = 1; guild <= 4; guild++) await pool.assignClient(String(guild));
    expect([pool.getGuildIds(one).size, pool.getGuildIds(two).size]).toEqual([2, 2]);
    pool.regionComparator = (_guildId, region) => (region === "us" ? 3 : 0);
    expect(await pool.assignClient("5")).toBe(two);
  });

  it("14.16 returns the same client for concurrent calls for a guild", async () => {
    const { a, b, one, two } = await twoNodes(start);
    const pool = webSocketPool([one, two], {
      scoringFunction: () => new Promise((resolve) => setTimeout(() => resolve(Math.random()), 5)),
    });
    const sent = Array.from({ length: 20 }, (_, volume) => pool.volume("5", volume / 10));
    const assigned = await Promise.all([pool.assignClient("5"), pool.assignClient(5n)]);
    await Promise.all(sent);
    await pool.ping("5");
    expect(assigned[0]).toBe(assigned[1]);
    expect([a.operations.length, b.operations.length].sort()).toEqual([0, 20]);
  });

  it("14.16 moves the players of a pulled member that is reachable", async () => {
    const { a, b, one, two } = await twoNodes(start);
    const pool = webSocketPool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, "5", a);
    await play(pool, "6", a);
    await pool.pullClient(one);
    await pool.ping("6");
    for (const guild of ["5", "6"]) {
      expect(await b.state(guild)).toMatchObject({ volume: 50 });
      expect(restoring(b, guild)).toEqual(["voice-server-update", "play"]);
      expect(b.operations).toContainEqual(played(guild, a));
      await until(async () => (await a.state(guild)) === null);
    }
    expect([pool.has(one), pool.getGuildIds(two).size]).toEqual([false, 2]);
    await expect(pool.pullClient(one)).rejects.toThrow(RangeError);
  });

  it("14.16 moves the players of a dead member, with unacknowledged operations", async () => {
    const { a, b, one, two } = await twoNodes(start);
    const pool = webSocketPool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, "5", a);
    a.onOperation = () => true;
    await pool.pause("5", true);
    await a.die();
    const late = pool.volume("5", 2);
    await late;
    await pool.ping("5");
    expect(pool.getClient("5")).toBe(two);
    expect(await b.state("5")).toMatchObject({ paused: true, volume: 200 });
    expect(b.operations).toContainEqual(played("5", a));
  });

  it("14.16 removes a member that gives up, and moves its players", async () => {
    const [a, b] = [await start(), await start()];
    const [one, two] = [member(a, 1), member(b)];
    const pool = webSocketPool([one, two], {
      scoringFunction: inOrder(one, two),
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    await play(pool, "5", a);
    await a.die();
    await until(() => pool.getClient("5") === two);
    await pool.ping("5");
    expect([pool.has(one), one.closed]).toEqual([false, true]);
    expect(b.operations).toContainEqual(played("5", a));
    expect(await b.state("5")).toMatchObject({ volume: 50 });
  });

  it("14.16 destroys moved players on a member that comes back before it gets guilds again", async () => {
    const { a, b, one, two } = await twoNodes(start);
    const pool = webSocketPool([one, two], { scoringFunction: inOrder(one, two), migrateAfterMs: 0 });
    await play(pool, "5", a);
    a.refuseWith = 503;
    a.drop();
    await until(async () => pool.getClient("5") === two && (await b.state("5")) !== null);
    a.operations.length = 0;
    a.refuseWith = null;
    await until(async () => (await a.state("5")) === null);
    await pool.pullClient(two);
    await pool.ping("5");
    expect(restoring(a, "5")).toEqual(["destroy", "voice-server-update", "play"]);
  });

  it("14.16 moves messages, but no players, without a state", async () => {
    const b = await start();
    const [one, two] = [member(await ScriptedNode.deadUrl()), member(b)];
    const pool = webSocketPool([one, two], {
      scoringFunction: inOrder(one, two),
      state: false,
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    const sent = [pool.volume("5", 1), pool.pause("5", true)];
    await until(() => pool.getClient("5") === one);
    await pool.pullClient(one);
    await Promise.all(sent);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["volume", "pause"]);
  });

  it("14.16 rejects messages after the last member was removed", async () => {
    const { a, one } = await twoNodes(start);
    const pool = webSocketPool([one]);
    await play(pool, "5", a);
    await pool.pullClient(one);
    expect([pool.size, pool.getClient("5"), pool.closed]).toEqual([0, null, true]);
    await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(await pool.assignClient("5")).toBeNull();
    await until(async () => (await a.state("5")) === null);
  });
});
