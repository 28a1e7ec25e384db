// The WebSocket connections of the Andesite document, on a real node with a password.

import {
  AbstractWebSocket,
  AbstractWebSocketClient,
  ClientClosedError,
  ConnectionError,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  State,
  tryConnect,
  WebSocket,
  WebSocketBase,
  type WebSocketClientOptions,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  WebSocketInterface,
} from "@asterite/andesite";
import { MissingUserIdError, OutOfRangeError } from "@asterite/andesite/advanced";
import { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { closeAfterTest, until } from "../../support/andesite.ts";
import { shareNode } from "../../support/shared-node.ts";

const password = "geheim";
const shared = shareNode({ password, region: "eu", id: "node-1" });
const quick: WebSocketClientOptions = { backoff: { capMs: 5 }, stableAfterMs: 0 };
const lastHeaders = () => shared.node.handshakes.at(-1)?.headers ?? {};

describe.each(["WebSocketBase", "WebSocket"] as const)("%s", (name) => {
  const create = (
    options: WebSocketClientOptions = {},
    userId: string | null = "1",
    url: string | URL = shared.node.webSocketUrl,
    pass: string | null = password,
  ): WebSocketBase =>
    closeAfterTest(
      new (name === "WebSocket" ? WebSocket : WebSocketBase)(url, userId, pass, { ...quick, ...options }),
    );
  /** Loses the connection and waits for the next one. */
  const lose = async (client: WebSocketBase): Promise<void> => {
    const again = client.eventTarget.subscribe(WebSocketConnectEvent).first();
    shared.node.drop();
    await again;
  };

  // Shows andesite: AbstractWebSocketClient.connected WebSocketBase.web_socket_client
  it("connected: is true while the client is usable, unlike the presence of its socket", async () => {
    const client = create();
    expect([client.connected, client.webSocketClient]).toEqual([false, null]);
    await client.connect();
    expect(client.connected).toBe(true);
    expect(client.webSocketClient?.open).toBe(true);
    await client.disconnect();
    expect(client.connected).toBe(false);
    expect(client.webSocketClient?.open).toBe(false);
  });

  // Shows andesite: AbstractWebSocketClient.connection_id WebSocketBase/11-12
  it("connectionId: is set by the node, resumed automatically, and not sent after it was deleted", async () => {
    const client = create();
    expect(client.connectionId).toBeNull();
    await client.connect();
    const first = client.connectionId;
    expect(first).toEqual(expect.any(String));
    await lose(client);
    expect(lastHeaders()["andesite-resume-id"]).toBe(first);
    const second = client.connectionId;
    expect(second).not.toBe(first);
    await client.disconnect();
    await client.connect();
    expect(lastHeaders()["andesite-resume-id"]).toBe(second);
    for (const deleteId of [
      () => client.deleteConnectionId(),
      () => Object.assign(client, { connectionId: null }),
    ]) {
      await client.disconnect();
      deleteId();
      expect(client.connectionId).toBeNull();
      await client.connect();
      expect(lastHeaders()).not.toHaveProperty("andesite-resume-id");
    }
  });

  // Shows andesite: AbstractWebSocketClient.node_region AbstractWebSocketClient.node_id
  it("nodeRegion, nodeId: are what the node sends, once connected", async () => {
    const client = create();
    expect([client.nodeRegion, client.nodeId]).toEqual([null, null]);
    await client.connect();
    expect([client.nodeRegion, client.nodeId]).toEqual(["eu", "node-1"]);
  });

  // Shows andesite: AbstractWebSocketClient.connect/0-2,4,8 WebSocketBase.max_connect_attempts/3
  it("connect: connects; after the given number of attempts, gives up and is closed", async () => {
    const client = create();
    expect(await client.connect()).toBeUndefined();
    expect(client.connected).toBe(true);
    shared.node.refuseWith = 503;
    const refused = create({ maxConnectAttempts: 20 });
    shared.node.handshakes.length = 0;
    await expect(refused.connect({ maxAttempts: 3 })).rejects.toThrow(ConnectionError);
    expect(shared.node.handshakes).toHaveLength(3);
    expect(refused.closed).toBe(true);
    await expect(refused.connect()).rejects.toThrow(ClientClosedError);
  });

  // Shows andesite: AbstractWebSocketClient.connect/3
  it("connect: attempts without limit by default", async () => {
    const client = create();
    shared.node.refuseWith = 503;
    const connecting = client.connect();
    await until(() => shared.node.handshakes.length >= 20);
    shared.node.refuseWith = null;
    await connecting;
    expect(client.connected).toBe(true);
  });

  // Shows andesite: AbstractWebSocketClient.connect/5-6
  it("connect: is called by the first message; sends the queue in order and emits an event", async () => {
    const [client, guild] = [create(), shared.guild()];
    shared.node.refuseWith = 503;
    const order: string[] = [];
    client.eventTarget.on(WebSocketConnectEvent, (event) => {
      expect(event.client).toBe(client);
      order.push("connected");
    });
    const volumes = [10, 20, 30, 40, 50];
    const sent = volumes.map((volume) => client.send(guild, "volume", { volume }));
    await until(() => shared.node.handshakes.length > 0);
    shared.node.refuseWith = null;
    await Promise.all(sent);
    await until(() => shared.node.operations.length === volumes.length);
    expect(shared.node.operations.map(({ fields }) => fields["volume"])).toEqual(volumes);
    expect(order).toEqual(["connected"]);
  });

  // Shows andesite: AbstractWebSocketClient.connect/7
  it("connect: shows whether the URI is valid, and receives messages before any is sent", async () => {
    expect(() => create({}, "1", "nonsense")).toThrow(OutOfRangeError);
    const dead = create({}, "1", await ScriptedNode.deadUrl());
    await expect(dead.connect({ maxAttempts: 1 })).rejects.toThrow(ConnectionError);
    const client = create();
    const received = client.eventTarget.subscribe(RawMsgReceiveEvent).first();
    await client.connect();
    expect((await received).body).toHaveProperty("op");
    expect(shared.node.operations).toEqual([]);
  });

  // Shows andesite: AbstractWebSocketClient.disconnect
  it("disconnect: ends the connection and its events, any number of times, unlike close", async () => {
    const [client, other, guild] = [create(), create(), shared.guild()];
    expect(await client.disconnect()).toBeUndefined();
    const track = shared.node.track("a song");
    for (const one of [client, other]) await one.send(guild, "play", { track });
    const ended: object[] = [];
    client.eventTarget.on(WebSocketDisconnectEvent, (event) => void ended.push(event));
    await client.disconnect();
    await client.disconnect();
    expect([client.connected, client.closed, ended.length]).toEqual([false, false, 1]);
    const received: object[] = [];
    client.eventTarget.on(RawMsgReceiveEvent, (event) => void received.push(event));
    const stopped = other.eventTarget
      .subscribe(RawMsgReceiveEvent)
      .first({ predicate: ({ body }) => body["type"] === "TrackEndEvent" });
    await other.send(guild, "stop", {});
    await stopped;
    expect(received).toEqual([]);
    await client.connect();
    expect(client.connected).toBe(true);
    await client.close();
    await expect(client.connect()).rejects.toThrow(ClientClosedError);
  });

  // Shows andesite: AbstractWebSocket.send/0-2,5-9
  it("send: writes guild and operation to the payload and sends it as JSON", async () => {
    const [client, guild] = [create(), shared.guild()];
    const texts: string[] = [];
    shared.node.onText = (text) => texts.push(text);
    const payload: Record<string, unknown> = { volume: 25 };
    expect(await client.send(guild, "volume", payload)).toBeUndefined();
    expect(payload).toEqual({ volume: 25, op: "volume", guildId: guild });
    await until(() => texts.some((text) => text.includes('"volume"')));
    expect(texts.map((text) => JSON.parse(text))).toContainEqual(payload);
    expect(shared.node.refused).toEqual([]);
  });

  // Shows andesite: AbstractWebSocket.send/3
  it("send: connects and sends again when the connection is closed", async () => {
    const [client, guild] = [create(), shared.guild()];
    const volumes = (): unknown[] => shared.node.operations.map(({ fields }) => fields["volume"]);
    await client.send(guild, "volume", { volume: 1 });
    const lost = client.eventTarget.subscribe(WebSocketDisconnectEvent).first();
    shared.node.refuseWith = 503;
    shared.node.drop();
    await lost;
    const sending = client.send(guild, "volume", { volume: 2 });
    shared.node.refuseWith = null;
    await sending;
    await until(() => volumes().includes(2));
    await client.disconnect();
    await client.send(guild, "volume", { volume: 3 });
    await until(() => volumes().includes(3));
    expect(client.connected).toBe(true);
  });

  // Shows andesite: AbstractWebSocket.send/4
  it("send: emits an event for a payload whether or not it is sent", async () => {
    const [client, guild] = [create({ maxConnectAttempts: 1 }), shared.guild()];
    const ops: string[] = [];
    client.eventTarget.on(RawMsgSendEvent, ({ op }) => void ops.push(op));
    await client.send(guild, "volume", { volume: 1 });
    await client.disconnect();
    shared.node.refuseWith = 503;
    await expect(client.send(guild, "pause", { pause: true })).rejects.toThrow(ConnectionError);
    expect(client.closed).toBe(true);
    await expect(client.send(guild, "stop", {})).rejects.toThrow(ClientClosedError);
    expect(ops).toEqual(["volume", "pause", "stop"]);
  });

  // Shows andesite: WebSocketBase.user_id
  it("userId: is null if it was not given, and can be set", async () => {
    expect(create({}, "42").userId).toBe("42");
    const client = create({}, null);
    expect(client.userId).toBeNull();
    client.userId = "7";
    expect(client.userId).toBe("7");
    await client.connect();
    expect(lastHeaders()["user-id"]).toBe("7");
    client.userId = "8";
    await client.disconnect();
    await client.connect();
    expect(lastHeaders()["user-id"]).toBe("8");
  });

  // Shows andesite: WebSocketBase/0-2,5-6,13 WebSocket/0
  it("takes an address, a user id, a password or null, and options", async () => {
    for (const url of [shared.node.webSocketUrl, new URL(shared.node.webSocketUrl)]) {
      const client = create({}, "1", url);
      await client.connect();
      expect(lastHeaders()).toMatchObject({ "user-id": "1", authorization: password });
      expect(client).toBeInstanceOf(AbstractWebSocketClient);
    }
    for (const wrong of ["wrong", null]) {
      const refused = create({}, "1", shared.node.webSocketUrl, wrong);
      await expect(refused.connect({ maxAttempts: 1 })).rejects.toThrow(ConnectionError);
      expect(lastHeaders()["authorization"]).toBe(wrong ?? undefined);
    }
    const open = await ScriptedNode.start();
    const withoutPassword = create({}, "1", open.webSocketUrl, null);
    await withoutPassword.connect();
    expect(open.handshakes.at(-1)?.headers).not.toHaveProperty("authorization");
    await withoutPassword.close();
    await open.die();
  });

  // Shows andesite: WebSocketBase/3-4
  it("needs the user id before it connects for the first time", async () => {
    const client = create({}, null);
    await expect(client.connect()).rejects.toThrow(MissingUserIdError);
    client.userId = "9";
    await client.connect();
    expect(client.connected).toBe(true);
  });

  // Shows andesite: WebSocketBase/0,7-9 WebSocket/0
  it("has the given state, the default state with null and without one, or none with false", () => {
    const state = new State();
    expect(create({ state }).state).toBe(state);
    for (const options of [{}, { state: null }, { state: true }]) {
      expect(create(options).state).toBeInstanceOf(State);
      expect(create(options).state).not.toBe(create(options).state);
    }
    expect(create({ state: false }).state).toBeNull();
  });

  // Shows andesite: WebSocketBase/0,10 WebSocketBase.max_connect_attempts/0-2,4 WebSocket/0
  it("maxConnectAttempts: limits the attempts, or not by default", async () => {
    expect(create().maxConnectAttempts).toBeNull();
    const client = create({ maxConnectAttempts: 2 });
    expect(client.maxConnectAttempts).toBe(2);
    shared.node.refuseWith = 503;
    await expect(client.connect()).rejects.toThrow(ConnectionError);
    expect(shared.node.handshakes).toHaveLength(2);
    const unlimited = create({ maxConnectAttempts: 1 });
    unlimited.maxConnectAttempts = null;
    const connecting = unlimited.connect();
    await until(() => shared.node.handshakes.length >= 12);
    shared.node.refuseWith = null;
    await connecting;
  });
});

// Shows andesite: intro.web_socket AbstractWebSocketClient
it("has WebSocket for one node, as AbstractWebSocketClient with the operations", async () => {
  const guild = shared.guild();
  const client = closeAfterTest(new WebSocket(shared.node.webSocketUrl, "1", password));
  for (const parent of [WebSocketBase, WebSocketInterface, AbstractWebSocketClient, AbstractWebSocket]) {
    expect(client).toBeInstanceOf(parent);
  }
  await client.volume(guild, 0.5);
  await client.ping(guild);
  expect(shared.node.opsOf(guild)).toEqual(["volume"]);
  expect(shared.node.handshakes).toHaveLength(1);
});

// Shows andesite: try_connect
it("tryConnect: returns an open socket, or null where another attempt could succeed", async () => {
  const headers = { "User-Id": "1", Authorization: password };
  const socket = await tryConnect(shared.node.webSocketUrl, { headers });
  expect(socket?.open).toBe(true);
  expect(lastHeaders()).toMatchObject({ "user-id": "1", authorization: password });
  socket?.terminate();
  expect(await tryConnect(await ScriptedNode.deadUrl())).toBeNull();
  shared.node.refuseWith = 503;
  expect(await tryConnect(shared.node.webSocketUrl, { headers })).toBeNull();
  await expect(tryConnect("http://127.0.0.1/")).rejects.toThrow(OutOfRangeError);
});
