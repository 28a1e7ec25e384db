// Nothing fails in silence: every failed attempt is an event with its reason, no promise is pending for ever,
// and an address or password that cannot work is named.

import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import {
  AuthenticationError,
  ConnectionError,
  createClient,
  createPool,
  HTTP,
  PoolClientExcludeEvent,
  PoolEmptyError,
  ProblemEvent,
  tryConnect,
  WebSocket,
  type WebSocketClientOptions,
  WebSocketConnectFailedEvent,
} from "@asterite/andesite";
import { ConnectionTimeoutError, HTTPPool, WrongAddressError } from "@asterite/andesite/advanced";
import { ScriptedNode, selfSigned } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import {
  closeAfterTest,
  type NodeKind,
  nodeKinds,
  type ObservedNode,
  startNode,
} from "../support/andesite.ts";
import { everyNode } from "../support/andesite-node.ts";

const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };
const connectTo = (url: string, password: string | null = null, options?: WebSocketClientOptions) =>
  closeAfterTest(new WebSocket(url, "1", password, { ...quick, ...options }));

/** Listens on a free port until the test ends, and returns the host with the port. */
async function listen(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

/** Starts a node with the password `right`, which the scripted one checks at handshakes only by itself. */
async function startLocked(start: NodeKind["start"]): Promise<ObservedNode> {
  const node = await start({ password: "right" });
  if (!(node instanceof ScriptedNode)) return node;
  const { respond } = node;
  node.respond = (request) =>
    request.headers.authorization === "right"
      ? respond(request)
      : { status: 401, body: { code: 401, message: "Unauthorized" } };
  return node;
}

describe.each(nodeKinds)("a wrong password on $name", ({ start }) => {
  it("ends the attempts at once, and rejects all that waits", async () => {
    const node = await start({ password: "right" });
    const client = connectTo(node.webSocketUrl, "geheim");
    const failures: WebSocketConnectFailedEvent[] = [];
    client.on(WebSocketConnectFailedEvent, (event) => failures.push(event));
    const problem = client.subscribe(ProblemEvent).first();
    const waiting = [client.connect(), client.stop("5"), client.getPlayer("5"), client.ping("5")];
    for (const error of await Promise.all(waiting.map(errorOf))) {
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401 });
      expect(String(error)).toContain(node.webSocketUrl);
      expect(String(error)).not.toContain("geheim");
    }
    expect(failures).toMatchObject([{ client, attempt: 1, retryInMs: null }]);
    expect(failures[0]?.error).toBe((await problem).error);
    expect(client.connectError).toBe(failures[0]?.error);
    expect(node.handshakes).toHaveLength(1);
    // Usable again, for example when the node gets the right password.
    expect(client.closed).toBe(false);
    await expect(client.connect()).rejects.toThrow(AuthenticationError);
  });

  it("in a pool of two excludes that node, with one event per pool", async () => {
    const [a, b] = [await startLocked(start), await startLocked(start)];
    const client = createPool(
      [
        [a.httpUrl, "right"],
        [b.httpUrl, "wrong"],
      ],
      [
        [a.webSocketUrl, "right"],
        [b.webSocketUrl, "wrong"],
      ],
      {
        userId: "1",
        webSocketOptions: quick,
        webSocketPoolOptions: { scoringFunction: ({ guildIds }) => -guildIds.size },
      },
    );
    closeAfterTest(client);
    const excluded: PoolClientExcludeEvent[] = [];
    client.on(PoolClientExcludeEvent, (event) => excluded.push(event));
    const pool = client.http as HTTPPool;
    for (let load = 0; load < 6; load++) {
      expect((await client.loadTracks("raw:nothing")).loadType).toBe("NO_MATCHES");
    }
    expect(excluded).toMatchObject([{ pool, error: { code: 401 }, retryInMs: 600_000 }]);
    expect(b.requests).toHaveLength(1);
    for (let guild = 1; guild <= 6; guild++) await client.ping(String(guild));
    expect(excluded.slice(1)).toMatchObject([{ pool: client.webSocket, error: { status: 401 } }]);
    expect(b.handshakes).toHaveLength(1);
  });

  it("at all nodes is the reason per member of the pool's error", async () => {
    const [a, b] = [await startLocked(start), await startLocked(start)];
    const nodes = (of: "httpUrl" | "webSocketUrl") => [a, b].map((node) => [node[of], "geheim"] as const);
    const client = createPool(nodes("httpUrl"), nodes("webSocketUrl"), {
      userId: "1",
      webSocketOptions: quick,
    });
    closeAfterTest(client);
    for (const call of [() => client.loadTracks("x"), () => client.getPlayer("5"), () => client.stop("6")]) {
      const error = await errorOf(call());
      expect(error).toBeInstanceOf(PoolEmptyError);
      const { reasons, message } = error as PoolEmptyError;
      expect(reasons).toHaveLength(2);
      for (const { url } of [a, b].map(({ httpUrl }) => ({ url: new URL(httpUrl).host }))) {
        expect(message).toContain(url);
      }
      expect(message).not.toContain("geheim");
    }
    expect([a.handshakes.length, b.handshakes.length]).toEqual([1, 1]);
  });
});

describe("an excluded member", () => {
  it("is used again after the interval, when the node takes the password", async () => {
    const node = await startNode();
    node.refuseWith = 401;
    const client = createPool([], [[node.webSocketUrl, "secret"]], {
      userId: "1",
      webSocketOptions: quick,
      webSocketPoolOptions: { refusedRetryMs: 50 },
    });
    closeAfterTest(client);
    await expect(client.stop("5")).rejects.toThrow(PoolEmptyError);
    await expect(client.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(node.handshakes).toHaveLength(1);
    node.refuseWith = null;
    await expect.poll(() => errorOf(client.ping("5"))).toBeNull();
  });

  it("is replaced by another one at once", async () => {
    const node = await startNode({ password: "right" });
    node.respond = () => ({ status: 401, body: { code: 401, message: "Unauthorized" } });
    const refused = new HTTP(node.httpUrl, "wrong");
    const pool = closeAfterTest(new HTTPPool([refused], { refusedRetryMs: Number.POSITIVE_INFINITY }));
    await expect(pool.getStats()).rejects.toThrow(PoolEmptyError);
    await expect(pool.getStats()).rejects.toThrow("Unauthorized");
    expect([node.requests.length, pool.getNextClient()]).toEqual([1, null]);
    node.respond = () => ({ status: 200, body: { players: { total: 3 } } });
    pool.removeClient(refused);
    pool.addClient(new HTTP(node.httpUrl, "right"));
    expect((await pool.getStats()).players.total).toBe(3);
  });
});

describe("a node that is down", () => {
  it("is reported with each attempt, and rejects what waits after its limit, with the reason", async () => {
    const url = await ScriptedNode.deadUrl();
    const client = connectTo(url, null, { queueTimeoutMs: 200 });
    const failures = client.subscribe(WebSocketConnectFailedEvent);
    const [sent, asked] = [
      errorOf(client.stop("5")),
      errorOf(client.getPlayer("5", { timeoutMs: 100 })),
    ] as const;
    const [first, second] = [await failures.next(), await failures.next()];
    expect([first.attempt, second.attempt, first.retryInMs]).toEqual([1, 2, 20]);
    expect(first.error).toBeInstanceOf(ConnectionError);
    for (const [error, timeoutMs] of [
      [await asked, 100],
      [await sent, 200],
    ] as const) {
      expect(error).toBeInstanceOf(ConnectionTimeoutError);
      expect(error).toMatchObject({ code: "CONNECTION_TIMEOUT", timeoutMs });
      expect(String(error)).toContain(`could not connect to ${url}: connect ECONNREFUSED`);
    }
  });

  it("has limits by default", async () => {
    const client = createClient("http://n/", "ws://n/websocket", null, "1");
    await expect(client.ping("5", { timeoutMs: 0 })).rejects.toThrow("timeoutMs");
    await expect(client.ping("5", { timeoutMs: "1" as never })).rejects.toThrow("timeoutMs");
    expect(() => connectTo("ws://n/websocket", null, { queueTimeoutMs: 0 })).toThrow("queueTimeoutMs");
  });

  it("rejects a question that a connected node does not answer", async () => {
    const node = await startNode();
    node.onPing = () => true;
    const client = connectTo(node.webSocketUrl);
    await client.connect();
    const error = await errorOf(client.ping("5", { timeoutMs: 50 }));
    expect(String(error)).toBe("ConnectionTimeoutError: no reply to ping within 50 ms");
  });

  it("sends again, after a reconnection, what was transmitted long before", async () => {
    const node = await startNode();
    const client = connectTo(node.webSocketUrl, null, { queueTimeoutMs: 2_000, state: true });
    node.onPing = () => true;
    node.onOperation = ({ op }) => op === "volume";
    await client.volume("5", 0.5);
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    node.onOperation = null;
    node.onPing = null;
    node.drop();
    await expect.poll(() => node.player("5")?.volume).toBe(50);
  });
});

describe("an address", () => {
  const failureOf = async (url: string) => {
    const client = connectTo(url);
    const failed = client.subscribe(WebSocketConnectFailedEvent).first();
    const connecting = errorOf(client.connect());
    const { error, retryInMs } = await failed;
    const isFinal = retryInMs === null;
    if (isFinal) expect(await connecting).toBe(error);
    expect(error.message).toContain(url);
    return { error, isFinal };
  };

  it.each(everyNode)("with the path / is that of Lavalink, and named at once: $name", async ({ start }) => {
    const { url } = await start();
    const address = `${url.replace("http", "ws")}/`;
    const { error, isFinal } = await failureOf(address);
    expect(error).toBeInstanceOf(WrongAddressError);
    expect(error).toMatchObject({ fault: "WRONG_PATH" });
    expect(error.message).toContain("Lavalink; the path of Andesite is /websocket");
    expect(isFinal).toBe(true);
  });

  it("with another path at a node is named at once", async () => {
    const { url } = await everyNode[0].start();
    const { error, isFinal } = await failureOf(`${url.replace("http", "ws")}/sockets`);
    expect(error).toMatchObject({ fault: "WRONG_PATH" });
    expect(error.message).toContain("/websocket");
    expect(isFinal).toBe(true);
  });

  it("of another HTTP server is named, and tried again", async () => {
    const host = await listen(createServer((_request, response) => response.writeHead(404).end()));
    const { error, isFinal } = await failureOf(`ws://${host}/websocket`);
    expect(error).toMatchObject({ fault: "NOT_ANDESITE" });
    expect(error.message).toContain("status 404, not of an Andesite node");
    expect(isFinal).toBe(false);
    expect(await tryConnect(`ws://${host}/websocket`)).toBeNull();
  });

  it("of another WebSocket server is named", async () => {
    const server = createServer();
    new WebSocketServer({ server }).on("connection", (socket) =>
      socket.on("message", (data) => socket.send(String(data).replace("ping", "pong"))),
    );
    const { error } = await failureOf(`ws://${await listen(server)}/websocket`);
    expect(error).toMatchObject({ fault: "WRONG_PATH" });
  });

  it("with wss: of a port without TLS is named at once", async () => {
    const { url } = await everyNode[0].start();
    const { error, isFinal } = await failureOf(`${url.replace("http", "wss")}/websocket`);
    expect(error).toMatchObject({ fault: "NO_TLS" });
    expect(error.message).toContain("does not use TLS; use ws: instead of wss:");
    expect(isFinal).toBe(true);
    const http = new HTTP(url.replace("http", "https"), null);
    await expect(http.getStats()).rejects.toThrow(
      `${url.replace("http", "https")}/stats: the port does not use TLS`,
    );
  });

  it("with ws: of a port with TLS is named", async () => {
    const { key, cert } = await selfSigned();
    const host = await listen(createTlsServer({ key, cert }));
    const { error, isFinal } = await failureOf(`ws://${host}/websocket`);
    expect(error).toMatchObject({ fault: "NEEDS_TLS" });
    expect(error.message).toContain("the port uses TLS; use wss: instead of ws:");
    expect(isFinal).toBe(true);
    await expect(new HTTP(`http://${host}`, null).getStats()).rejects.toThrow(
      `http://${host}/stats: the server closed the connection without a response, as a port with TLS does`,
    );
  });

  it("of a port that closes connections without a response is tried again", async () => {
    // Such as the port of a container whose node is still starting.
    const server = createTcpServer((socket) => socket.destroy());
    const { error, isFinal } = await failureOf(`ws://${await listen(server)}/websocket`);
    expect(error.message).toContain("the server closed the connection without a response");
    expect([error instanceof WrongAddressError, isFinal]).toEqual([false, false]);
  });

  it("with a certificate of an unknown authority is named", async () => {
    const { key, cert } = await selfSigned();
    const { error } = await failureOf(`wss://${await listen(createTlsServer({ key, cert }))}/websocket`);
    expect(error.message).toMatch(/self-signed certificate.*CA/);
  });

  it("of a port where nothing listens is named by HTTP clients, without the query", async () => {
    const url = new URL(await ScriptedNode.deadUrl());
    const error = await errorOf(new HTTP(`http://${url.host}`, "secret").loadTracks("a secret"));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: "REQUEST_FAILED" });
    expect(String(error)).toContain(`GET http://${url.host}/loadtracks: connect ECONNREFUSED`);
    expect(String(error)).not.toContain("secret");
  });

  it("of a server that answers requests with a page is named by HTTP clients", async () => {
    const host = await listen(createServer((_request, response) => response.end("<p>Hello</p>")));
    await expect(new HTTP(`http://${host}`, null).getStats()).rejects.toThrow(
      `the response of http://${host}/stats should be JSON, as that of an Andesite node`,
    );
  });
});
