// Line 12 of section 17 of the protocol, and the limits of what is kept.

import { expect, it } from "vitest";
import { plainTrack } from "../../packages/andesite-node/src/api/fixtures.ts";
import {
  type Json,
  startTestNode,
  type TestNode,
  TestSocket,
  untilSockets,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const track = plainTrack("a song");

/** Follows a player, asks for its events to be kept, and is lost. */
async function lose(node: TestNode, timeout: number | null): Promise<string> {
  const socket = await TestSocket.open(node.url);
  if (timeout !== null) socket.send({ op: "event-buffer", timeout });
  socket.send({ op: "play", guildId, track });
  await socket.settle();
  await socket.drop();
  await untilSockets(node, 0);
  return String(socket.headers["andesite-connection-id"]);
}

const resume = (url: string, id: string, userId = "1", path = "/websocket"): Promise<TestSocket> =>
  TestSocket.open(url, { path, headers: { "User-Id": userId, "Andesite-Resume-Id": id } });

const stuck = (node: TestNode, thresholdMs: number): void =>
  node.players.event("1", guildId, "TrackStuckEvent", { track, thresholdMs });

const kind = (message: Json) => message["thresholdMs"] ?? message["op"];

/** Waits until the events that were caused have gone wherever they go. */
const gone = () => new Promise((resolve) => setImmediate(resolve));

it("off: nothing is kept", async () => {
  for (const timeout of [null, 0, -5]) {
    const node = await startTestNode();
    const id = await lose(node, timeout);
    stuck(node, 1);
    await gone();
    expect((await (await resume(node.url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
  }
});

it("on: what was missed comes first, in order, with the states between", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  stuck(node, 1);
  stuck(node, 2);
  await gone();
  node.players.update("1", guildId);
  const socket = await resume(node.url, id);
  expect((await socket.settle()).map(kind)).toEqual([
    1,
    "player-update",
    2,
    "player-update",
    "player-update",
    "connection-id",
    "metadata",
  ]);
  expect(socket.headers["andesite-connection-id"]).not.toBe(id);
});

it("a resumed connection follows what the lost one did, and owns it: it can be lost and resumed again", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  const second = await resume(node.url, id);
  stuck(node, 3);
  await second.until(() => second.received.some((message) => kind(message) === 3));
  second.send({ op: "event-buffer", timeout: 60_000 });
  await second.settle();
  await second.drop();
  await untilSockets(node, 0);
  stuck(node, 4);
  await gone();
  const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
  expect(kind((await third.messages(1))[0] ?? {})).toBe(4);
});

it("an id is good for one time, and the time-out has to be asked for again", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  const second = await resume(node.url, id);
  expect((await (await resume(node.url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
  await second.drop();
  await untilSockets(node, 1);
  stuck(node, 1);
  await gone();
  const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
  expect((await third.settle()).map(kind)).toEqual(["connection-id", "metadata"]);
});

it("expires", async () => {
  const node = await startTestNode();
  const id = await lose(node, 20);
  stuck(node, 1);
  const buffers = async () =>
    /^andesite_event_buffers (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1];
  await expect.poll(buffers).toBe("0");
  expect((await (await resume(node.url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
});

it("the last time-out counts", async () => {
  const node = await startTestNode();
  const socket = await TestSocket.open(node.url);
  socket.send({ op: "event-buffer", timeout: 60_000 });
  socket.send({ op: "play", guildId, track });
  socket.send({ op: "event-buffer" });
  await socket.settle();
  await socket.drop();
  stuck(node, 1);
  await gone();
  const id = String(socket.headers["andesite-connection-id"]);
  expect((await (await resume(node.url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
});

it.each(["0", "x", "", "99999999999999999999"])("an unknown id %j is ignored", async (id) => {
  const { url } = await startTestNode();
  expect((await (await resume(url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
});

it("another user, or another dialect, gets nothing, and takes nothing away", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  stuck(node, 1);
  await gone();
  expect((await (await resume(node.url, id, "2")).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
  expect((await (await resume(node.url, id, "1", "/")).settle()).map(kind)).toEqual([]);
  expect(kind((await (await resume(node.url, id)).messages(1))[0] ?? {})).toBe(1);
});

it("a connection that the node takes for alive is cut when it is resumed", async () => {
  const node = await startTestNode();
  const half = await TestSocket.open(node.url);
  half.send({ op: "event-buffer", timeout: 60_000 });
  half.send({ op: "play", guildId, track });
  await half.settle();
  const socket = await resume(node.url, String(half.headers["andesite-connection-id"]));
  expect(await half.closed()).toMatchObject({ code: 1006 });
  stuck(node, 5);
  await socket.until(() => socket.received.some((message) => kind(message) === 5));
});

it.each([
  ["messages", { maxBufferMessages: 4 }],
  ["bytes", { maxBufferBytes: 3_000 }],
])("beyond a bound of %s nothing is replayed, rather than something with holes", async (_name, webSocket) => {
  const node = await startTestNode({ webSocket });
  const id = await lose(node, 60_000);
  for (let number = 1; number <= 3; number++) stuck(node, number);
  await gone();
  expect((await (await resume(node.url, id)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
});

it("of too many lost connections the oldest gives way", async () => {
  const node = await startTestNode({ webSocket: { maxBuffers: 1 } });
  const first = await lose(node, 60_000);
  const second = await lose(node, 60_000);
  stuck(node, 1);
  await gone();
  expect((await (await resume(node.url, first)).settle()).map(kind)).toEqual(["connection-id", "metadata"]);
  expect(kind((await (await resume(node.url, second)).messages(1))[0] ?? {})).toBe(1);
});
