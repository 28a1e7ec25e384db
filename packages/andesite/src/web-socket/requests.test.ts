import { describe, expect, it } from "vitest";
import { InvalidTypeError, StatsUpdate } from "../advanced.ts";
import {
  Client,
  ConnectionError,
  HTTPBase,
  Play,
  RawMsgReceiveEvent,
  WebSocketBase,
  type WebSocketPool,
} from "../index.ts";
import {
  closeAfterTest,
  encoded,
  inOrder,
  makeClient,
  makeMember,
  makePool,
  startNode,
  waitUntil,
} from "../nodes.test-support.ts";

/** Starts two nodes with one guild each: 5 on the first, 6 on the second. */
async function twoNodes() {
  const [a, b] = [await startNode(), await startNode()];
  const [one, two] = [makeMember(a), makeMember(b)];
  const pool: WebSocketPool = makePool([one, two], {
    migrateAfterMs: Number.POSITIVE_INFINITY,
    scoringFunction: ({ client, guildId }) => Number((client === one) === (guildId === "5")),
  });
  await pool.ping("5");
  await pool.ping("6");
  expect([pool.getClient("5"), pool.getClient("6")]).toEqual([one, two]);
  return { a, b, one, two, pool };
}

describe("a query of one node of a pool", () => {
  it("ignores replies of other nodes", async () => {
    const { a, b, pool } = await twoNodes();
    a.delayMs = 50;
    b.sendText('{"op":"stats","stats":{"players":{"total":7}}}');
    const stats = pool.getStats("5");
    // The messages of the other node arrive first and are not a reply.
    await pool.subscribe(StatsUpdate).first();
    expect((await stats).players.total).toBe(0);
  });

  it("is not rejected when another node is lost, even behind a combined client", async () => {
    const { a, b, pool } = await twoNodes();
    const client = new Client(new HTTPBase("http://node/", null), pool);
    a.delayMs = 100;
    const replies = [pool.getPlayer("5"), client.getPlayer("5"), client.ping("5")];
    await waitUntil(() => a.players.size === 0 && b.sessions.length === 1);
    b.drop();
    await Promise.all(replies);
  });

  it("is rejected when its node is pulled or removed", async () => {
    for (const leave of ["pullClient", "removeClient"] as const) {
      const { a, one, pool } = await twoNodes();
      const received: string[] = [];
      a.onOperation = ({ op }) => {
        received.push(op);
        return op === "get-player";
      };
      const reply = pool.getPlayer("5").catch((error: unknown) => error);
      await waitUntil(() => received.includes("get-player"));
      await pool[leave](one);
      expect(await reply).toBeInstanceOf(ConnectionError);
    }
  });

  it("is moved when it has not been transmitted yet", async () => {
    const { a, b, one, two, pool } = await twoNodes();
    a.refuseWith = 503;
    a.drop();
    await waitUntil(() => !one.connected);
    const reply = pool.getPlayer("5");
    pool.scoringFunction = inOrder(two);
    await pool.pullClient(one);
    expect(await reply).toBeNull();
    expect(b.sessions).toHaveLength(1);
  });
});

describe("a query through a combined client", () => {
  it("gets its reply although the WebSocket client is replaced meanwhile", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const before = makeMember(a);
    const client = new Client(new HTTPBase("http://node/", null), before);
    await client.ping("5");
    a.delayMs = 30;
    const reply = client.ping("5");
    client.webSocket = closeAfterTest(new WebSocketBase(b.webSocketUrl, "1", null));
    expect(await reply).toBeGreaterThan(0);
  });
});

describe("a message that cannot be sent", () => {
  it("is rejected with the name of the argument", async () => {
    const client = makeClient("ws://127.0.0.1:9/");
    for (const [field, refused] of [
      ["track", client.play("5", null as never)],
      ["track", client.play("5", new Play(null))],
      ["operation", client.sendOperation("5", {} as never)],
      ["operation", client.sendOperation("5", null as never)],
      ["op", client.send("5", 5 as never, {})],
      ["payload", client.send("5", "pause", null as never)],
      ["payload", client.send("5", "pause", [] as never)],
      ["guildId", client.send(5 as never, "pause", {})],
    ] as const) {
      await expect(refused).rejects.toThrow(TypeError);
      await expect(refused).rejects.toThrow(expect.objectContaining({ field }));
    }
    await expect(client.play("5", new Play(null))).rejects.toThrow(InvalidTypeError);
  });
});

describe("a query that is open when the connection is lost", () => {
  it("is rejected at once, and the next one is answered", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.connect();
    node.onPing = ({ asteriteBarrier }) => asteriteBarrier === undefined;
    const received: string[] = [];
    node.onText = (text) => received.push(JSON.parse(text).op);
    const open = client.ping("5", { timeoutMs: Number.POSITIVE_INFINITY }).catch((error: unknown) => error);
    await waitUntil(() => received.includes("ping"));
    node.drop();
    const error = await open;
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain("lost before the reply to ping");
    node.onPing = null;
    expect(await client.ping("5")).toBeGreaterThan(0);
  });

  it("is rejected behind a combined client and a pool", async () => {
    const node = await startNode();
    const member = makeMember(node);
    const pool = makePool([new Client(new HTTPBase("http://node/", null), member)], {
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    await pool.ping("5");
    node.onPing = ({ asteriteBarrier }) => asteriteBarrier === undefined;
    const received: string[] = [];
    node.onText = (text) => received.push(JSON.parse(text).op);
    const open = pool.ping("5", { timeoutMs: Number.POSITIVE_INFINITY }).catch((error: unknown) => error);
    await waitUntil(() => received.includes("ping"));
    node.drop();
    expect(await open).toBeInstanceOf(ConnectionError);
  });
});

describe("the reply to an earlier operation", () => {
  it("does not resolve a query that was sent after it", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.play("5", encoded("a"));
    await client.ping("5");
    node.delayMs = 20;
    // Both are answered with the player: the first reply has the old volume.
    const paused = client.pause("5", true);
    const changed = client.volume("5", 0.5);
    const player = await client.getPlayer("5");
    await Promise.all([paused, changed]);
    expect(player).toMatchObject({ paused: true, volume: 0.5 });
  });

  it("does not resolve a ping, nor does the pong of another ping", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.connect();
    node.sendText('{"op":"pong","guildId":"5"}');
    const pongs: number[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => {
      if (body["op"] === "pong") pongs.push(Number(body["asteriteQuery"] ?? 0));
    });
    node.delayMs = 20;
    await Promise.all([client.send("5", "ping", {}), client.ping("5")]);
    expect(pongs.slice(0, -1)).toEqual([0, 0]);
    expect(pongs.at(-1)).toBeGreaterThan(0);
  });
});
