// Line 12 of section 17 of the protocol, and the limits of event buffers.

import { decodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import {
  type CheckedNode,
  everyNode,
  type Json,
  sendRequest,
  startTestNode,
  TestSocket,
  waitForSocketCount,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";

/** Subscribes to a player, enables the event buffer, and loses the connection. */
async function lose(node: CheckedNode, timeout: number | null): Promise<string> {
  const socket = await TestSocket.open(node.url);
  if (timeout !== null) socket.send({ op: "event-buffer", timeout });
  socket.send({ op: "play", guildId, track: node.track("a song") });
  await socket.settle();
  await socket.drop();
  await waitForSocketCount(node, 0);
  return String(socket.headers["andesite-connection-id"]);
}

const resume = (url: string, id: string, userId = "1", path = "/websocket"): Promise<TestSocket> =>
  TestSocket.open(url, { path, headers: { "User-Id": userId, "Andesite-Resume-Id": id } });

/**
 * Plays another track with a number as its title. Causes four messages: end of the last track, state, start,
 * state.
 */
const replace = async ({ url, track }: CheckedNode, number: number): Promise<void> => {
  const body = { track: track(String(number)) };
  await sendRequest(`${url}/player/${guildId}/play`, { method: "POST", headers: { "User-Id": "1" }, body });
};

/** Returns the title of a started track, or the type of any other message. */
const typeOf = (message: Json) =>
  message["type"] === "TrackStartEvent"
    ? decodeTrack(String(message["track"])).info.title
    : (message["type"] ?? message["op"]);

/**
 * Returns the types of messages, without the periodic states, whose number depends on the duration of the
 * test.
 */
const typesOf = (messages: readonly Json[]) =>
  messages.flatMap((message, index) =>
    message["op"] === "player-update" && messages[index - 1]?.["op"] !== "event" ? [] : typeOf(message),
  );

const initialMessages = ["connection-id", "metadata"];
const change = (number: number) => ["TrackEndEvent", "player-update", String(number), "player-update"];

describe.each(everyNode)("12. resuming: $name", ({ start }) => {
  it("is disabled by default and by a timeout of 0 or less", async () => {
    for (const timeout of [null, 0, -5]) {
      const node = await start();
      const id = await lose(node, timeout);
      await replace(node, 1);
      expect(typesOf(await (await resume(node.url, id)).settle())).toEqual(initialMessages);
    }
  });

  it("replays missed events and states first, in order", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    await replace(node, 1);
    await replace(node, 2);
    const socket = await resume(node.url, id);
    expect(typesOf(await socket.settle())).toEqual([...change(1), ...change(2), ...initialMessages]);
    expect(socket.headers["andesite-connection-id"]).not.toBe(id);
  });

  it("transfers subscriptions to the resumed connection, which can be lost and resumed again", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    const second = await resume(node.url, id);
    await replace(node, 3);
    await second.until(() => second.received.some((message) => typeOf(message) === "3"));
    second.send({ op: "event-buffer", timeout: 60_000 });
    await second.settle();
    await second.drop();
    await waitForSocketCount(node, 0);
    await replace(node, 4);
    const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
    expect(typesOf(await third.settle())).toEqual([...change(4), ...initialMessages]);
  });

  it("accepts an id once, and needs the timeout to be requested again", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    const second = await resume(node.url, id);
    expect(typesOf(await (await resume(node.url, id)).settle())).toEqual(initialMessages);
    await second.drop();
    await waitForSocketCount(node, 1);
    await replace(node, 1);
    const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
    expect(typesOf(await third.settle())).toEqual(initialMessages);
  });

  it("expires", async () => {
    const node = await start();
    const id = await lose(node, 20);
    await replace(node, 1);
    const buffers = async () =>
      /^andesite_event_buffers (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1];
    await expect.poll(buffers).toBe("0");
    expect(typesOf(await (await resume(node.url, id)).settle())).toEqual(initialMessages);
  });

  it("uses the last timeout", async () => {
    const node = await start();
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "event-buffer", timeout: 60_000 });
    socket.send({ op: "play", guildId, track: node.track("a song") });
    socket.send({ op: "event-buffer" });
    await socket.settle();
    await socket.drop();
    await replace(node, 1);
    const id = String(socket.headers["andesite-connection-id"]);
    expect(typesOf(await (await resume(node.url, id)).settle())).toEqual(initialMessages);
  });

  it.each(["0", "x", "", "99999999999999999999"])("ignores the unknown id %j", async (id) => {
    const { url } = await start();
    expect(typesOf(await (await resume(url, id)).settle())).toEqual(initialMessages);
  });

  it("replays nothing to another user or dialect, and keeps the buffer", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    await replace(node, 1);
    expect(typesOf(await (await resume(node.url, id, "2")).settle())).toEqual(initialMessages);
    expect(typesOf(await (await resume(node.url, id, "1", "/")).settle())).toEqual(["stats"]);
    expect(typesOf(await (await resume(node.url, id)).settle())).toEqual([...change(1), ...initialMessages]);
  });

  it("terminates a half-open connection when it is resumed", async () => {
    const node = await start();
    const half = await TestSocket.open(node.url);
    half.send({ op: "event-buffer", timeout: 60_000 });
    half.send({ op: "play", guildId, track: node.track("a song") });
    await half.settle();
    const socket = await resume(node.url, String(half.headers["andesite-connection-id"]));
    expect(await half.closed()).toMatchObject({ code: 1006 });
    await replace(node, 5);
    await socket.until(() => socket.received.some((message) => typeOf(message) === "5"));
  });

  it.each([
    ["user", "2", "/websocket"],
    ["dialect", "1", "/"],
  ])("keeps an open connection when another %s resumes it", async (_name, userId, path) => {
    const node = await start();
    const open = await TestSocket.open(node.url);
    open.send({ op: "event-buffer", timeout: 60_000 });
    open.send({ op: "play", guildId, track: node.track("a song") });
    await open.settle();
    await (await resume(node.url, String(open.headers["andesite-connection-id"]), userId, path)).settle();
    await replace(node, 5);
    await open.until(() => open.received.some((message) => typeOf(message) === "5"));
    expect(open.closing).toBeNull();
  });

  it.each([
    ["messages", { maxBufferMessages: 4 }],
    ["bytes", { maxBufferBytes: 3_000 }],
  ])("drops the whole buffer above the limit of %s", async (_name, webSocket) => {
    const node = await start({ webSocket });
    const id = await lose(node, 60_000);
    for (let number = 1; number <= 3; number++) await replace(node, number);
    expect(typesOf(await (await resume(node.url, id)).settle())).toEqual(initialMessages);
  });

  it("drops the oldest buffer above the limit of buffers", async () => {
    const node = await start({ webSocket: { maxBuffers: 1 } });
    const first = await lose(node, 60_000);
    const second = await lose(node, 60_000);
    await replace(node, 1);
    expect(typesOf(await (await resume(node.url, first)).settle())).toEqual(initialMessages);
    expect(typesOf(await (await resume(node.url, second)).settle())).toEqual([
      ...change(1),
      ...initialMessages,
    ]);
  });
});

it("12. resuming: periodic states of a player are buffered as well", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  node.players.emitUpdate("1", guildId);
  const socket = await resume(node.url, id);
  expect((await socket.settle()).map(typeOf)).toEqual(["player-update", ...initialMessages]);
});
