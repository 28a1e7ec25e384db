// The events of the Andesite document. A scripted node sends what a real one cannot be made to send.

import {
  AbstractWebSocket,
  AbstractWebSocketClient,
  PlayerUpdate,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  UnknownAndesiteEvent,
  WebSocket,
  WebSocketBase,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "@asterite/andesite";
import { WebSocketPool } from "@asterite/andesite/advanced";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { expect, it } from "vitest";
import { closeAfterTest, startNode, until } from "../../support/andesite.ts";
import { shareNode } from "../../support/shared-node.ts";

const shared = shareNode();
const connect = async (url = shared.node.webSocketUrl): Promise<WebSocket> => {
  const client = closeAfterTest(
    new WebSocket(url, "1", null, { backoff: { capMs: 5 }, stableAfterMs: 0, state: false }),
  );
  await client.connect();
  return client;
};

// Shows andesite: AbstractWebSocket/0-3
it("AbstractWebSocket is the base of single connections and of pools", () => {
  const client = new WebSocketBase("ws://127.0.0.1:9/", "1", null);
  const pool = closeAfterTest(new WebSocketPool([client]));
  for (const one of [client, pool]) expect(one).toBeInstanceOf(AbstractWebSocket);
  expect(client).toBeInstanceOf(AbstractWebSocketClient);
  expect(pool).not.toBeInstanceOf(AbstractWebSocketClient);
});

// Shows andesite: AbstractWebSocket/4-5 intro.events WebSocketConnectEvent WebSocketConnectEvent.client
// WebSocketDisconnectEvent WebSocketDisconnectEvent.client WebSocketDisconnectEvent.deliberate
it("emits an event when it connects, and when it disconnects deliberately or not", async () => {
  const client = closeAfterTest(
    new WebSocket(shared.node.webSocketUrl, "1", null, { backoff: { capMs: 5 }, stableAfterMs: 0 }),
  );
  const events: unknown[] = [];
  client.on([WebSocketConnectEvent, WebSocketDisconnectEvent], (event) => {
    expect(event.client).toBe(client);
    expect(event.client).toBeInstanceOf(AbstractWebSocketClient);
    events.push(event instanceof WebSocketDisconnectEvent ? event.deliberate : "connected");
  });
  await client.connect();
  expect(events).toEqual(["connected"]);
  shared.node.drop();
  await until(() => events.length === 3);
  expect(events).toEqual(["connected", false, "connected"]);
  await client.disconnect();
  expect(events).toEqual(["connected", false, "connected", true]);
  expect(new WebSocketConnectEvent(client).client).toBe(client);
  expect(new WebSocketDisconnectEvent(client, true)).toMatchObject({ client, deliberate: true });
});

// Shows andesite: AbstractWebSocket/6-7 RawMsgReceiveEvent RawMsgReceiveEvent.client RawMsgReceiveEvent.body
it("emits each received JSON object as it was received", async () => {
  const node = await startNode();
  const client = await connect(node.webSocketUrl);
  const bodies: unknown[] = [];
  await client.ping("5");
  client.on(RawMsgReceiveEvent, (event) => {
    expect(event.client).toBe(client);
    expect(event.client).toBeInstanceOf(AbstractWebSocket);
    bodies.push(event.body);
  });
  const state = { time: "1700000000000", paused: false, volume: 100, mixerEnabled: false, madeUp: { aB: 1 } };
  const update = { op: "player-update", userId: "1", guildId: "5", state };
  for (const text of ["{", "[1]", "5", "null", JSON.stringify(update), '{"unknownOp":true}'])
    node.sendText(text);
  await client.ping("5");
  expect(bodies.slice(0, 2)).toEqual([update, { unknownOp: true }]);
  expect(bodies).toHaveLength(3);
  const event = new RawMsgReceiveEvent(client, { a: 1 });
  expect([event.client, event.body]).toEqual([client, { a: 1 }]);
});

// Shows andesite: AbstractWebSocket/8-9 RawMsgSendEvent RawMsgSendEvent.client RawMsgSendEvent.guild_id
// RawMsgSendEvent.op RawMsgSendEvent.body
it("emits an event before a message is sent, even if it cannot be sent", async () => {
  const [client, guild] = [await connect(), shared.guild()];
  const events: RawMsgSendEvent[] = [];
  client.on(RawMsgSendEvent, (event) => {
    expect(shared.node.operations).toEqual([]);
    events.push(event);
  });
  await client.volume(guild, 0.5);
  await until(() => shared.node.operations.length === 1);
  const [event] = events;
  expect(event?.client).toBe(client);
  expect(event?.client).toBeInstanceOf(AbstractWebSocketClient);
  const body = { op: "volume", guildId: guild, volume: 50 };
  expect(event).toMatchObject({ guildId: guild, op: "volume", body });
  shared.node.operations.length = 0;
  await client.close();
  await expect(client.volume(guild, 1)).rejects.toThrow("closed");
  expect(events.map(({ op }) => op)).toEqual(["volume", "volume"]);
  const created = new RawMsgSendEvent(client, "5", "stop", {});
  expect([created.client, created.guildId, created.op, created.body]).toEqual([client, "5", "stop", {}]);
});

// Shows andesite: AbstractWebSocket/10-13
it("emits updates of players, and when a track starts, ends, or fails", async () => {
  const [client, guild] = [await connect(), shared.guild()];
  const next = <Event extends object>(type: new (...args: never[]) => Event): Promise<Event> =>
    client.subscribe(type).first();
  const [started, updated] = [next(TrackStartEvent), next(PlayerUpdate)];
  await client.play(guild, shared.node.track("a song"));
  expect(await started).toMatchObject({ guildId: guild });
  expect(await updated).toMatchObject({ guildId: guild, state: { paused: false } });
  const ended = next(TrackEndEvent);
  await client.stop(guild);
  expect(await ended).toMatchObject({ guildId: guild, reason: "STOPPED" });
  const broken = shared.node.identifiers.failure.replace(/^raw:/, "");
  const failing = encodeTrack({
    info: { title: "t", author: "a", lengthMs: 1_000, identifier: broken, uri: broken },
    source: { name: "local", probe: { name: "mp3", parameters: null } },
  });
  const failed = next(TrackExceptionEvent);
  await client.play(guild, failing, { radio: true });
  expect(await failed).toMatchObject({ guildId: guild, exception: { message: expect.any(String) } });
});

// Shows andesite: AbstractWebSocket/14-15
it("emits when a track is stuck, and for unknown events", async () => {
  const node = await startNode();
  const client = await connect(node.webSocketUrl);
  await client.ping("5");
  const stuck = client.subscribe(TrackStuckEvent).first();
  const unknown = client.subscribe(UnknownAndesiteEvent).first();
  node.sendText(
    '{"op":"event","type":"TrackStuckEvent","userId":"1","guildId":"5","track":"Q","thresholdMs":10000}',
  );
  node.sendText('{"op":"event","type":"Novelty","userId":"1","guildId":"5","more":[1]}');
  expect(await stuck).toMatchObject({ guildId: "5", track: "Q" });
  expect(await unknown).toMatchObject({ type: "Novelty", guildId: "5" });
});
