// Check-list of the client's contract (section 14), items 15 and 16: pools. HTTP pools are tested by who
// answers, when and how, which is scripted; WebSocket pools run on whole nodes too.

import {
  type AbstractHTTP,
  type AbstractWebSocketClient,
  ClientClosedError,
  HTTPBase,
  HTTPError,
  HTTPPool,
  type HTTPPoolOptions,
  PoolClientAddEvent,
  PoolClientRemoveEvent,
  PoolEmptyError,
  type PoolScoringFunction,
  State,
  WebSocketBase,
  WebSocketPool,
  type WebSocketPoolOptions,
} from "@asterite/andesite";
import { FakeClock, ScriptedNode } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
import {
  closing,
  type NodeKind,
  nodeKinds,
  type ObservedNode,
  startNode,
  until,
} from "../support/andesite.ts";

/** A node that answers every request with its name, and its client. */
const startNamed = async (name: string) => {
  const node = await startNode();
  node.respond = () => ({ status: 200, body: name });
  return { node, client: closing(new HTTPBase(node.httpUrl, null)) };
};
const ask = (pool: AbstractHTTP) => pool.request("GET", "stats");
const dead = () => closing(new HTTPBase("http://127.0.0.1:9/", null));
const httpPool = (clients: readonly AbstractHTTP[], options?: HTTPPoolOptions) =>
  closing(new HTTPPool(clients, options));

describe("14.15 HTTP pool", () => {
  test("14.15 rotation: every request goes to the next, in the order given, without doubles", async () => {
    const [a, b, c] = [await startNamed("a"), await startNamed("b"), await startNamed("c")];
    const pool = httpPool([a.client, b.client, a.client, c.client]);
    expect([pool.size, pool.getCurrentClient()]).toEqual([3, a.client]);
    const answers: unknown[] = [];
    for (let turn = 0; turn < 4; turn++) answers.push(await ask(pool));
    expect(answers).toEqual(["b", "c", "a", "b"]);
    expect(pool.getNextClient()).toBe(c.client);
  });

  test("14.15 a timeout starts the request on the next one as well, and the first answer counts", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    a.node.stall();
    b.node.respond = () => void a.node.resume();
    const pool = httpPool([a.client, b.client], { timeout: 0.02 });
    expect(await ask(pool)).toBe("a");
    expect([a.node.requests.length, b.node.requests.length]).toEqual([1, 1]);
  });

  test("14.15 an answer that comes late still counts, if it is the first", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    b.node.stall();
    a.node.respond = () => void b.node.resume();
    const pool = httpPool([a.client, b.client], { timeout: 0.02 });
    expect(await ask(pool)).toBe("b");
    expect(a.node.requests).toHaveLength(1);
  });

  test("14.15 nobody is asked twice for one request", async () => {
    const { node, client } = await startNamed("a");
    node.delayMs = 60;
    expect(await ask(httpPool([client], { timeout: 0.01 }))).toBe("a");
    expect(node.requests).toHaveLength(1);
  });

  test("14.15 penalties are for the one that failed, and end its membership", async () => {
    const { client } = await startNamed("good");
    const bad = dead();
    const pool = httpPool([client, bad], { maxPenalties: 2 });
    const removed: unknown[] = [];
    pool.eventTarget.on(PoolClientRemoveEvent, (event) => removed.push(event.client));
    for (let turn = 0; turn < 10; turn++) expect(await ask(pool)).toBe("good");
    expect([removed, [...pool]]).toEqual([[bad], [client]]);
  });

  test("14.15 penalties expire", async () => {
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

  test("14.15 what a node answers is the answer, errors too", async () => {
    const [a, b] = [await startNamed("a"), await startNamed("b")];
    b.node.respond = () => ({ status: 404, body: { code: 404, message: "Not found" } });
    const pool = httpPool([a.client, b.client], { maxPenalties: 0 });
    await expect(ask(pool)).rejects.toThrow(HTTPError);
    expect([a.node.requests.length, pool.size]).toEqual([0, 2]);
  });

  test("14.15 members come and go; closed ones are removed when they are found", async () => {
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

  test("14.15 an empty pool says so, and one that was closed says that", async () => {
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
  closing(
    new WebSocketBase(typeof node === "string" ? node : node.webSocketUrl, "1", null, {
      ...{ backoff: { capMs: 20 }, stableAfterMs: 0, maxConnectAttempts },
    }),
  );
const webSocketPool = (clients: readonly AbstractWebSocketClient[], options?: WebSocketPoolOptions) =>
  closing(new WebSocketPool(clients, { migrateAfterMs: 20, ...options }));
const inOrder =
  (...clients: readonly AbstractWebSocketClient[]): PoolScoringFunction =>
  ({ client }) =>
    -clients.indexOf(client as AbstractWebSocketClient);
const twoNodes = async (start: NodeKind["start"]) => {
  const [a, b] = [await start(), await start()];
  const [one, two] = [member(a), member(b)];
  return { a, b, one, two };
};
/** Plays in a guild of a node, and waits until the client knows that it does. */
const play = async (pool: WebSocketPool, guild: string, node: ObservedNode) => {
  // Without a token, so that a whole node waits for another update instead of dialling.
  await pool.voiceServerUpdate(guild, "s", { endpoint: "e" });
  await pool.play(guild, node.track(`track ${guild}`), { volume: 0.5 });
  await pool.ping(guild);
  await pool.ping(guild);
};

describe("14.16 WebSocket pool", () => {
  test.each<[string, PoolScoringFunction]>([
    ["a number", ({ client }) => Number(String(client).includes("two"))],
    ["a text", ({ client }) => (String(client).includes("two") ? "b" : "a")],
    ["a list", ({ client }) => [1, String(client).includes("two") ? 1 : 0]],
    ["a promise", ({ client }) => Promise.resolve(Number(String(client).includes("two")))],
  ])("14.16 scoring by %s", async (_, scoringFunction) => {
    const [one, two] = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool([one, two], { scoringFunction });
    expect(await pool.findBestClient("5")).toBe(two);
  });

  test("14.16 equal scores: any of them, not always the same", async () => {
    const members = [member("ws://one/"), member("ws://two/")];
    const pool = webSocketPool(members, { scoringFunction: () => 1 });
    const chosen = new Set<unknown>();
    for (let guild = 0; guild < 100; guild++) chosen.add(await pool.findBestClient(String(guild)));
    expect(chosen).toEqual(new Set(members));
  });

  test("14.16 one state for all, resolved once", () => {
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

  test("14.16 adding and removing: what is wrong changes nothing, what is right is told afterwards", () => {
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

/** Operations for a guild, without the filters: a whole node has always told some. */
const restoring = (node: ObservedNode, guildId: string) =>
  node.opsOf(guildId).filter((op) => op !== "update");

/** That the track of a guild, which a node had, was played. */
const played = (guildId: string, node: ObservedNode) =>
  expect.objectContaining({
    ...{ op: "play", guildId },
    fields: expect.objectContaining({ track: node.track(`track ${guildId}`) }),
  });

describe.each(nodeKinds)("14.16 WebSocket pool of $name", ({ start }) => {
  test("14.16 by default: connected, then the region, then the fewest guilds", async () => {
    const [eu, us] = [await start({ region: "eu" }), await start({ region: "us" })];
    const [one, two] = [member(eu), member(us)];
    const pool = webSocketPool([one, two, member(await ScriptedNode.deadUrl())]);
    await Promise.all([one.connect(), two.connect()]);
    for (let guild = 1; guild <= 4; guild++) await pool.assignClient(String(guild));
    expect([pool.getGuildIds(one).size, pool.getGuildIds(two).size]).toEqual([2, 2]);
    pool.regionComparator = (_guildId, region) => (region === "us" ? 3 : 0);
    expect(await pool.assignClient("5")).toBe(two);
  });

  test("14.16 whoever asks for a guild at the same time gets the same client", async () => {
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

  test("14.16 pulling a member that lives: its players end there and go on elsewhere", async () => {
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

  test("14.16 a member that dies: its players go on elsewhere, with what was on its way", async () => {
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

  test("14.16 a member that gives up leaves the pool, and its players go on elsewhere", async () => {
    const [a, b] = [await start(), await start()];
    const [one, two] = [member(a, 1), member(b)];
    const pool = webSocketPool([one, two], {
      ...{ scoringFunction: inOrder(one, two), migrateAfterMs: Number.POSITIVE_INFINITY },
    });
    await play(pool, "5", a);
    await a.die();
    await until(() => pool.getClient("5") === two);
    await pool.ping("5");
    expect([pool.has(one), one.closed]).toEqual([false, true]);
    expect(b.operations).toContainEqual(played("5", a));
    expect(await b.state("5")).toMatchObject({ volume: 50 });
  });

  test("14.16 a member that comes back loses the players that went elsewhere before it takes them again", async () => {
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

  test("14.16 without a state messages move, and players do not", async () => {
    const b = await start();
    const [one, two] = [member(await ScriptedNode.deadUrl()), member(b)];
    const pool = webSocketPool([one, two], {
      ...{ scoringFunction: inOrder(one, two), state: false, migrateAfterMs: Number.POSITIVE_INFINITY },
    });
    const sent = [pool.volume("5", 1), pool.pause("5", true)];
    await until(() => pool.getClient("5") === one);
    await pool.pullClient(one);
    await Promise.all(sent);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["volume", "pause"]);
  });

  test("14.16 the last member removed: guilds have nobody, and what is sent is told so", async () => {
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
