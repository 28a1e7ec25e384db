// Operations that a real node refuses or ignores.

import { OperationFailedEvent, TrackStartEvent, WebSocket, WebSocketConnectEvent } from "@asterite/andesite";
import { expect, it } from "vitest";
import { WebSocket as RawWebSocket } from "ws";
import { closeAfterTest } from "../support/andesite.ts";
import { RelayedNode } from "../support/relayed-node.ts";

const connect = (node: RelayedNode) => closeAfterTest(new WebSocket(node.webSocketUrl, "1", null));

it.each([
  ["play", { track: "!" }, "TrackFormatError", "is not base64"],
  ["play", { track: 5 }, "OperationError", "Field track must be"],
  [
    "filters",
    { tremolo: { depth: 9 } },
    "FilterError",
    "tremolo.depth must be a number above 0 and at most 1",
  ],
  ["mixer", { players: { a: { volume: {} } } }, "OperationError", "players.a.volume"],
])("reports the refusal of %s with %j before the next reply", async (op, payload, className, message) => {
  const client = connect(await RelayedNode.start());
  const failures: OperationFailedEvent[] = [];
  client.on(OperationFailedEvent, (event) => void failures.push(event));
  // `send` checks no fields.
  await client.send("5", op, { ...payload });
  await client.ping("5");
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({
    guildId: "5",
    operation: op,
    error: expect.stringContaining(message),
    exception: { className },
  });
});

it("reports nothing to clients that did not request it", async () => {
  const node = await RelayedNode.start();
  const socket = new RawWebSocket(`${node.directUrl.replace("http", "ws")}/websocket?user-id=1`);
  const messages: unknown[] = [];
  const pong = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      const { op } = JSON.parse(String(data));
      messages.push(op);
      if (op === "pong") resolve();
    });
  });
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ op: "play", guildId: "5", track: "!" }));
  socket.send(JSON.stringify({ op: "ping" }));
  await pong;
  socket.close();
  expect(messages).toEqual(["connection-id", "metadata", "pong"]);
});

it("plays a track with noReplace on an idle player, and ignores it on another", async () => {
  const node = await RelayedNode.start();
  const client = connect(node);
  const starts: unknown[] = [];
  client.on(TrackStartEvent, ({ userData }) => void starts.push(userData));
  await client.play("5", node.track("first"), { noReplace: true, userData: 1 });
  await client.play("5", node.track("second"), { noReplace: true, userData: 2 });
  await client.ping("5");
  expect(starts).toEqual([1]);
});

it("does not send a refused play again, neither on reconnecting nor to a node without players", async () => {
  const node = await RelayedNode.start();
  const client = connect(node);
  const starts: unknown[] = [];
  client.on(TrackStartEvent, ({ userData }) => void starts.push(userData));
  await client.send("5", "play", { track: "!", userData: 1 });
  await client.send("5", "play", { track: "!", next: true });
  await client.ping("5");
  const back = client.subscribe(WebSocketConnectEvent).first();
  await node.die();
  await node.restart();
  await back;
  await client.ping("5");
  expect(node.opsOf("5")).toEqual(["play", "play"]);
  await client.play("5", node.track("first"), { userData: 2 });
  await client.ping("5");
  expect(starts).toEqual([2]);
});

it("sends a play again that the node received together with a refused one", async () => {
  const node = await RelayedNode.start();
  const client = connect(node);
  const refused = client.subscribe(OperationFailedEvent).first();
  // The start of the track is lost with the connection.
  await Promise.all([
    client.play("5", node.track("first"), { pause: true }),
    client.send("5", "play", { track: "!" }),
  ]);
  expect((await refused).track).toBe("!");
  const back = client.subscribe(WebSocketConnectEvent).first();
  await node.die();
  await node.restart();
  await back;
  await client.ping("5");
  expect((await client.getPlayer("5"))?.position).toBeGreaterThanOrEqual(0);
  expect(node.operations.filter(({ fields }) => fields["track"] === "!")).toHaveLength(1);
});
