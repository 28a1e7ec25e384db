import { ListenerError } from "@asterite/observable";
import { describe, expect, it } from "vitest";
import { WebSocketPoolBase } from "../advanced.ts";
import {
  AbstractHTTP,
  Client,
  ClientClosedError,
  createClient,
  createPool,
  HTTPBase,
  PoolClientRemoveEvent,
  State,
  TrackStartEvent,
  WebSocketBase,
  WebSocketConnectEvent,
} from "../index.ts";
import { createLavalinkClient } from "../lavalink/index.ts";
import { closeAfterTest, encoded, startNode as start } from "../nodes.test-support.ts";

const startNode = () => start({ password: "geheim", region: "eu", nodeId: "n1" });

describe("createClient", () => {
  it("combines HTTP and WebSocket client, by default with a state", async () => {
    const node = await startNode();
    node.respond = ({ path }) => ({ status: 200, body: { loadType: "NO_MATCHES", path } });
    const client = createClient(node.httpUrl, node.webSocketUrl, "geheim", "1");
    closeAfterTest(client);
    expect(client.state).toBeInstanceOf(State);
    expect([client.connected, client.connectionId, client.nodeId]).toEqual([false, null, null]);
    const events: string[] = [];
    client.on([WebSocketConnectEvent, TrackStartEvent], (event) => events.push(event.constructor.name));
    client.webSocket.eventTarget.on(TrackStartEvent, () => events.push("there as well"));
    await client.connect();
    await client.play("5", encoded("A"));
    expect((await client.getPlayer("5"))?.paused).toBe(false);
    expect((await client.loadTracks("x")).loadType).toBe("NO_MATCHES");
    expect((await client.getStats("5")).players.total).toBe(0);
    expect(await client.request("GET", "x")).toMatchObject({ path: "x" });
    expect([client.nodeId, client.nodeRegion, client.connectionId]).toEqual(["n1", "eu", "1"]);
    expect(events).toEqual(["WebSocketConnectEvent", "there as well", "TrackStartEvent"]);
    expect(String(client)).not.toContain("geheim");
    await client.disconnect();
    client.deleteConnectionId();
    expect(client.connectionId).toBeNull();
    await client.close();
    expect([client.closed, client.http.closed, client.webSocket.closed]).toEqual([true, true, true]);
    await expect(client.stop("5")).rejects.toThrow(ClientClosedError);
    await client.reset();
    expect(client.closed).toBe(false);
    expect(createClient("http://n/", "ws://n/", null, "1", { state: false }).state).toBeNull();
  });
});

describe("a combined client", () => {
  it("uses its current parts", async () => {
    const [one, two] = [await startNode(), await startNode()];
    const client = createClient(one.httpUrl, one.webSocketUrl, "geheim", "1");
    const before = client.webSocket;
    const webSocket = new WebSocketBase(two.webSocketUrl, "1", "geheim");
    closeAfterTest(client);
    closeAfterTest(before);
    client.webSocket = webSocket;
    client.http = new HTTPBase(two.httpUrl, "geheim");
    two.respond = () => ({ status: 200, body: { two: true } });
    expect(await client.request("GET", "x")).toEqual({ two: true });
    await client.stop("5");
    await client.ping("5");
    expect(two.opsOf("5")).toEqual(["stop"]);
    expect([before.eventTarget.hasChild(client), webSocket.eventTarget.hasChild(client)]).toEqual([
      false,
      true,
    ]);
    expect(() => {
      client.http = {} as AbstractHTTP;
    }).toThrow("http");
    expect(() => new Client(client.http, {} as WebSocketBase)).toThrow("webSocketClient");
  });

  it("closes the other part when one fails", async () => {
    class Failing extends AbstractHTTP {
      closed = false;
      override close = () => Promise.reject(new Error("no"));
      override reset = () => Promise.resolve();
      override request = () => Promise.resolve(null);
    }
    const webSocket = new WebSocketBase("ws://n/", "1", null);
    const client = new Client(new Failing(), webSocket);
    await client.close();
    expect(webSocket.closed).toBe(true);
  });

  it("closes and resets both parts even when one fails", async () => {
    class Throwing extends AbstractHTTP {
      closed = false;
      override close(): Promise<void> {
        throw new Error("no");
      }
      override reset = () => Promise.reject(new Error("no reset"));
      override request = () => Promise.resolve(null);
    }
    const webSocket = new WebSocketBase("ws://n/", "1", null);
    const client = new Client(new Throwing(), webSocket);
    await client.close();
    expect(webSocket.closed).toBe(true);
    await expect(client.reset()).rejects.toThrow("no reset");
    expect(webSocket.closed).toBe(false);
  });

  it("accepts its current part", () => {
    const webSocket = new WebSocketBase("ws://n/", "1", null);
    const client = new Client(new HTTPBase("http://n/", null), webSocket);
    client.webSocket = webSocket;
    expect(webSocket.eventTarget.hasChild(client)).toBe(true);
    webSocket.eventTarget.removeChild(client);
    client.webSocket = new WebSocketBase("ws://m/", "1", null);
    expect(client.webSocket.eventTarget.hasChild(client)).toBe(true);
  });

  it("passes options to both parts", async () => {
    const requestedPaths: string[] = [];
    const client = createClient("http://n/", "ws://n/", null, "1", {
      maxConnectAttempts: 3,
      httpOptions: {
        fetch: (url) => {
          requestedPaths.push(url.pathname);
          return Promise.resolve(new Response("{}"));
        },
      },
    });
    await client.request("GET", "stats");
    expect(requestedPaths).toEqual(["/stats"]);
    expect(client.webSocket).toMatchObject({ maxConnectAttempts: 3 });
  });

  it("isolates failing listeners", async () => {
    const node = await startNode();
    const client = createClient(node.httpUrl, node.webSocketUrl, "geheim", "1");
    closeAfterTest(client);
    const errors: unknown[] = [];
    client.on(ListenerError, ({ error }) => errors.push(error));
    client.on(WebSocketConnectEvent, () => {
      throw new Error("mine");
    });
    await client.ping("5");
    await client.ping("5");
    expect(errors.map(String)).toEqual(["Error: mine"]);
  });
});

describe("createPool", () => {
  it("creates a client whose members share a state and connect on first use", async () => {
    const [one, two] = [await startNode(), await startNode()];
    for (const node of [one, two]) node.respond = () => ({ status: 200, body: { loadType: "NO_MATCHES" } });
    const client = createPool(
      [one, two].map(({ httpUrl }) => [httpUrl, "geheim"]),
      [one, two].map(({ webSocketUrl }) => [webSocketUrl, "geheim"]),
      { userId: 1n },
    );
    closeAfterTest(client);
    expect([client.connected, client.connectionId, client.nodeId]).toEqual([null, null, null]);
    await client.connect();
    await client.disconnect();
    expect(one.handshakes.length + two.handshakes.length).toBe(0);
    const events: string[] = [];
    client.on([TrackStartEvent, PoolClientRemoveEvent], (event) => events.push(event.constructor.name));
    await client.play("5", encoded("A"));
    await client.ping("5");
    await client.loadTracks("x");
    await client.loadTracks("y");
    expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
    const pool = client.webSocket;
    if (!(pool instanceof WebSocketPoolBase)) throw new Error("no pool");
    expect([...pool].map(({ state }) => state)).toEqual([client.state, client.state]);
    const [first] = pool;
    if (first) pool.removeClient(first);
    expect(events.sort()).toEqual(["PoolClientRemoveEvent", "TrackStartEvent"]);
    expect(createPool([], [], { userId: "1", state: false }).state).toBeNull();
  });

  it("names the options when they are left out", () => {
    const create = createPool as (...nodes: unknown[]) => unknown;
    for (const options of [undefined, null]) {
      expect(() => create([], [], options)).toThrow("options must be an object");
    }
  });

  it.each([
    ["httpOptions", (options: object) => createClient("http://a", "ws://a", null, "1", options)],
    ["httpOptions", (options: object) => createLavalinkClient("http://a", null, "1", options)],
    ["httpOptions", (options: object) => createPool([], [], { userId: "1", ...options })],
    ["webSocketOptions", (options: object) => createPool([], [], { userId: "1", ...options })],
  ])("names %s that are no options", (name, create) => {
    for (const value of [5, "", []]) {
      expect(() => create({ [name]: value })).toThrow(
        expect.objectContaining({ code: "INVALID_TYPE", field: name }),
      );
    }
    expect(() => create({ [name]: { timeout: 5 } })).toThrow(
      expect.objectContaining({ code: "INVALID_TYPE", field: `${name}.timeout` }),
    );
  });
});
