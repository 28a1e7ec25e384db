// The combined client of the Andesite document, on a real node with a password.

import {
  AbstractHTTP,
  AbstractWebSocket,
  AbstractWebSocketClient,
  Client,
  ClientBase,
  ClientClosedError,
  ConnectionError,
  createClient,
  HTTPBase,
  HTTPError,
  HTTPInterface,
  PlayerUpdate,
  RawMsgSendEvent,
  State,
  WebSocketBase,
  type WebSocketClientOptions,
  WebSocketConnectEvent,
  WebSocketInterface,
} from "@asterite/andesite";
import { HTTPPool, WebSocketPool } from "@asterite/andesite/advanced";
import { describe, expect, it } from "vitest";
import { closeAfterTest, startNode, until } from "../../support/andesite.ts";
import { shareNode } from "../../support/shared-node.ts";

const password = "geheim";
const shared = shareNode({ password, region: "eu", id: "node-1" });

const httpPart = (): HTTPBase => closeAfterTest(new HTTPBase(shared.node.httpUrl, password));
const socketPart = (options: WebSocketClientOptions = {}): WebSocketBase =>
  closeAfterTest(
    new WebSocketBase(shared.node.webSocketUrl, "1", password, {
      backoff: { capMs: 5 },
      stableAfterMs: 0,
      ...options,
    }),
  );

/** A part whose close and reset fail. */
class FailingHTTP extends AbstractHTTP {
  closed = false;
  closeCalls = 0;
  override close(): Promise<void> {
    this.closeCalls++;
    return Promise.reject(new Error("cannot close"));
  }
  override reset = (): Promise<void> => Promise.resolve();
  override request = (): Promise<unknown> => Promise.resolve(null);
}

describe.each(["ClientBase", "Client"] as const)("%s", (name) => {
  const create = (http: AbstractHTTP = httpPart(), webSocket: AbstractWebSocket = socketPart()): ClientBase =>
    closeAfterTest(new (name === "Client" ? Client : ClientBase)(http, webSocket));
  const ofPool = (): ClientBase => create(httpPart(), closeAfterTest(new WebSocketPool([socketPart()])));

  // Shows andesite: ClientBase/0-3 ClientBase.http ClientBase.web_socket
  // Client/0-3 Client.http Client.web_socket
  it("combines an HTTP and a WebSocket client, with which it sends", async () => {
    const [http, webSocket, guild] = [httpPart(), socketPart(), shared.guild()];
    const client = create(http, webSocket);
    for (const parent of [AbstractHTTP, AbstractWebSocket]) expect(client).toBeInstanceOf(parent);
    expect(client.http).toBe(http);
    expect(client.http).toBeInstanceOf(AbstractHTTP);
    expect(client.webSocket).toBe(webSocket);
    expect(client.webSocket).toBeInstanceOf(AbstractWebSocket);
    await client.request("GET", "stats");
    expect(shared.node.requests).toMatchObject([{ method: "GET", path: "stats" }]);
    await client.send(guild, "volume", { volume: 50 });
    await until(() => shared.node.opsOf(guild).length === 1);
    expect(webSocket.connected).toBe(true);
    const other = await startNode();
    other.respond = () => ({ status: 200, body: "from the other" });
    client.http = closeAfterTest(new HTTPBase(other.httpUrl, null));
    expect(await client.request("GET", "stats")).toBe("from the other");
  });

  // Shows andesite: ClientBase/4
  it("is the target of the events of its WebSocket client", async () => {
    const webSocket = socketPart();
    const client = create(httpPart(), webSocket);
    const connected = client.subscribe(WebSocketConnectEvent).first();
    await webSocket.connect();
    expect((await connected).client).toBe(webSocket);
    expect(client.eventTarget).toBe(client);
    expect(webSocket.eventTarget.hasChild(client)).toBe(true);
  });

  // Shows andesite: ClientBase/5-7 Client/4-6
  it("has the members of a connection; without one, they are null, and it is no instance in any case", async () => {
    for (const client of [create(), ofPool()]) expect(client).not.toBeInstanceOf(AbstractWebSocketClient);
    const client = create();
    await client.connect();
    const members = (one: ClientBase) => [one.connected, one.connectionId, one.nodeRegion, one.nodeId];
    expect(members(client)).toEqual([true, expect.any(String), "eu", "node-1"]);
    const pool = ofPool();
    await pool.send(shared.guild(), "ping", {});
    expect(members(pool)).toEqual([null, null, null, null]);
    expect(await pool.connect()).toBeUndefined();
    expect(await pool.disconnect()).toBeUndefined();
  });

  // Shows andesite: ClientBase.closed
  it("closed: is true when either client is closed", async () => {
    for (const close of [
      ({ http }: ClientBase) => http.close(),
      ({ webSocket }: ClientBase) => webSocket.close(),
      (client: ClientBase) => client.close(),
    ]) {
      const client = create();
      expect(client.closed).toBe(false);
      await close(client);
      expect(client.closed).toBe(true);
    }
    const client = create();
    await client.close();
    await expect(client.request("GET", "stats")).rejects.toThrow(ClientClosedError);
    await expect(client.send("5", "stop", {})).rejects.toThrow(ClientClosedError);
  });

  // Shows andesite: ClientBase.connected ClientBase.connection_id
  it("connected, connectionId: are those of the WebSocket client, or null", async () => {
    const webSocket = socketPart();
    const client = create(httpPart(), webSocket);
    expect([client.connected, client.connectionId]).toEqual([false, null]);
    await client.connect();
    expect([client.connected, client.connectionId]).toEqual([true, webSocket.connectionId]);
    expect(client.connectionId).toEqual(expect.any(String));
    await client.disconnect();
    expect(client.connected).toBe(false);
    expect([ofPool().connected, ofPool().connectionId]).toEqual([null, null]);
  });

  // Shows andesite: ClientBase.connect
  it("connect: connects the WebSocket client, with a limit of attempts or without", async () => {
    const limited = create();
    shared.node.refuseWith = 503;
    await expect(limited.connect({ maxAttempts: 2 })).rejects.toThrow(ConnectionError);
    expect(shared.node.handshakes).toHaveLength(2);
    const unlimited = create();
    const connecting = unlimited.connect();
    await until(() => shared.node.handshakes.length >= 12);
    shared.node.refuseWith = null;
    expect(await connecting).toBeUndefined();
    expect(unlimited.webSocket).toHaveProperty("connected", true);
    shared.node.handshakes.length = 0;
    await ofPool().connect();
    expect(shared.node.handshakes).toEqual([]);
  });

  // Shows andesite: ClientBase.disconnect
  it("disconnect: disconnects the WebSocket client, but no pool", async () => {
    const client = create();
    await client.connect();
    expect(await client.disconnect()).toBeUndefined();
    expect(client.webSocket).toHaveProperty("connected", false);
    const pool = ofPool();
    const connected = pool.subscribe(WebSocketConnectEvent).first();
    await pool.send(shared.guild(), "ping", {});
    const member = (await connected).client;
    await pool.disconnect();
    expect(member.connected).toBe(true);
  });

  // Shows andesite: ClientBase.send
  it("send: sends like the WebSocket client", async () => {
    const [client, guild] = [create(), shared.guild()];
    const events: unknown[] = [];
    client.on(RawMsgSendEvent, ({ guildId, op, body }) => void events.push([guildId, op, body]));
    const payload = { volume: 30 };
    expect(await client.send(guild, "volume", payload)).toBeUndefined();
    expect(payload).toEqual({ volume: 30, op: "volume", guildId: guild });
    expect(events).toEqual([[guild, "volume", payload]]);
    await until(() => shared.node.opsOf(guild).length === 1);
    expect(shared.node.operations).toMatchObject([{ op: "volume", guildId: guild, fields: { volume: 30 } }]);
  });

  // Shows andesite: ClientBase.request
  it("request: requests like the HTTP client", async () => {
    const client = create();
    const params = { identifier: shared.node.identifiers.one };
    expect(await client.request("GET", "loadtracks", { params })).toMatchObject({ loadType: "TRACK_LOADED" });
    await expect(client.request("GET", "/stats")).rejects.toThrow(RangeError);
    const refused = create(closeAfterTest(new HTTPBase(shared.node.httpUrl, "wrong")));
    await expect(refused.request("GET", "stats")).rejects.toThrow(HTTPError);
  });

  // Shows andesite: ClientBase.close
  it("close: closes both clients and raises no exception of either", async () => {
    const client = create();
    expect(await client.close()).toBeUndefined();
    expect([client.http.closed, client.webSocket.closed]).toEqual([true, true]);
    const [failing, webSocket] = [new FailingHTTP(), socketPart()];
    await webSocket.connect();
    expect(await create(failing, webSocket).close()).toBeUndefined();
    expect([failing.closeCalls, webSocket.closed, webSocket.connected]).toEqual([1, true, false]);
    const [http, broken] = [httpPart(), socketPart()];
    const close = broken.close.bind(broken);
    broken.close = async () => {
      await close();
      throw new Error("cannot close");
    };
    expect(await new ClientBase(http, broken).close()).toBeUndefined();
    expect(http.closed).toBe(true);
    broken.close = close;
  });

  // Shows andesite: ClientBase.reset
  it("reset: makes closed clients usable again", async () => {
    const [client, guild] = [create(), shared.guild()];
    await client.close();
    expect(await client.reset()).toBeUndefined();
    expect([client.closed, client.http.closed, client.webSocket.closed]).toEqual([false, false, false]);
    await client.request("GET", "stats");
    await client.send(guild, "volume", { volume: 10 });
    await until(() => shared.node.opsOf(guild).length === 1);
  });
});

// Shows andesite: Client/1 intro.combined/1-3
it("Client is a ClientBase with all operations and routes", async () => {
  const [client, guild] = [closeAfterTest(new Client(httpPart(), socketPart())), shared.guild()];
  for (const parent of [ClientBase, WebSocketInterface, HTTPInterface]) expect(client).toBeInstanceOf(parent);
  expect((await client.loadTracks(shared.node.identifiers.one)).loadType).toBe("TRACK_LOADED");
  await client.play(guild, shared.node.track("a song"));
  await client.ping(guild);
  expect(await client.getPlayer(guild)).not.toBeNull();
});

// Shows andesite: intro.combined/4-5
it("can be used wherever one of its parts can, such as in pools", async () => {
  const guild = shared.guild();
  const members = [1, 2].map(() => closeAfterTest(new Client(httpPart(), socketPart({ state: false }))));
  const http = closeAfterTest(new HTTPPool(members));
  expect((await http.loadTracks(shared.node.identifiers.one)).loadType).toBe("TRACK_LOADED");
  const webSocket = closeAfterTest(new WebSocketPool(members));
  const updated = webSocket.subscribe(PlayerUpdate).first();
  await webSocket.play(guild, shared.node.track("a song"));
  expect((await updated).guildId).toBe(guild);
  expect(members).toContain(webSocket.getClient(guild));
  const [member] = members;
  if (!member) throw new Error("no member");
  const nested = closeAfterTest(new Client(member, member));
  await nested.volume(guild, 0.5);
  await nested.ping(guild);
  expect((await nested.loadTracks(shared.node.identifiers.one)).length).toBe(1);
  expect(shared.node.opsOf(guild)).toEqual(["play", "volume"]);
});

// Shows andesite: create_client
it("createClient: creates a combined client of one node, with a state in memory unless disabled", async () => {
  const { httpUrl, webSocketUrl, identifiers } = shared.node;
  for (const [http, webSocket] of [
    [httpUrl, webSocketUrl],
    [new URL(httpUrl), new URL(webSocketUrl)],
  ] as const) {
    const client = closeAfterTest(createClient(http, webSocket, password, "42"));
    expect(client).toBeInstanceOf(Client);
    expect([client.http.constructor, client.webSocket.constructor]).toEqual([HTTPBase, WebSocketBase]);
    expect((await client.loadTracks(identifiers.one)).length).toBe(1);
    await client.connect();
    expect(shared.node.requests.at(-1)?.headers).toMatchObject({ authorization: password });
    expect(shared.node.handshakes.at(-1)?.headers).toMatchObject({
      authorization: password,
      "user-id": "42",
    });
    expect(client.state).toBeInstanceOf(State);
  }
  const state = new State();
  const states = [undefined, null, true, false, state].map((given) => {
    const options = given === undefined ? {} : { state: given };
    return closeAfterTest(createClient(httpUrl, webSocketUrl, null, "42", options)).state;
  });
  expect(states).toEqual([expect.any(State), expect.any(State), expect.any(State), null, state]);
  expect(states[4]).toBe(state);
});
