// Line 12 of section 17 of the protocol, and the limits of what is kept.

import { decodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import {
  ask,
  type CheckedNode,
  everyNode,
  type Json,
  startTestNode,
  TestSocket,
  untilSockets,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";

/** Follows a player, asks for its events to be kept, and is lost. */
async function lose(node: CheckedNode, timeout: number | null): Promise<string> {
  const socket = await TestSocket.open(node.url);
  if (timeout !== null) socket.send({ op: "event-buffer", timeout });
  socket.send({ op: "play", guildId, track: node.track("a song") });
  await socket.settle();
  await socket.drop();
  await untilSockets(node, 0);
  return String(socket.headers["andesite-connection-id"]);
}

const resume = (url: string, id: string, userId = "1", path = "/websocket"): Promise<TestSocket> =>
  TestSocket.open(url, { path, headers: { "User-Id": userId, "Andesite-Resume-Id": id } });

/** Plays another track, whose title is a number: its predecessor's end, a state, its start, a state. */
const replace = async ({ url, track }: CheckedNode, number: number): Promise<void> => {
  const body = { track: track(String(number)) };
  await ask(`${url}/player/${guildId}/play`, { method: "POST", headers: { "User-Id": "1" }, body });
};

/** Of the start of a track its title; of everything else what it is. */
const kind = (message: Json) =>
  message["type"] === "TrackStartEvent"
    ? decodeTrack(String(message["track"])).info.title
    : (message["type"] ?? message["op"]);

/** What messages are, without the states that a player tells every five seconds, however long the test takes. */
const kinds = (messages: readonly Json[]) =>
  messages.flatMap((message, index) =>
    message["op"] === "player-update" && messages[index - 1]?.["op"] !== "event" ? [] : kind(message),
  );

const nothing = ["connection-id", "metadata"];
const change = (number: number) => ["TrackEndEvent", "player-update", String(number), "player-update"];

describe.each(everyNode)("12. resuming: $name", ({ start }) => {
  it("off: nothing is kept", async () => {
    for (const timeout of [null, 0, -5]) {
      const node = await start();
      const id = await lose(node, timeout);
      await replace(node, 1);
      expect(kinds(await (await resume(node.url, id)).settle())).toEqual(nothing);
    }
  });

  it("on: what was missed comes first, in order, with the states between", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    await replace(node, 1);
    await replace(node, 2);
    const socket = await resume(node.url, id);
    expect(kinds(await socket.settle())).toEqual([...change(1), ...change(2), ...nothing]);
    expect(socket.headers["andesite-connection-id"]).not.toBe(id);
  });

  it("a resumed connection follows what the lost one did, and owns it: it can be lost and resumed again", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    const second = await resume(node.url, id);
    await replace(node, 3);
    await second.until(() => second.received.some((message) => kind(message) === "3"));
    second.send({ op: "event-buffer", timeout: 60_000 });
    await second.settle();
    await second.drop();
    await untilSockets(node, 0);
    await replace(node, 4);
    const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
    expect(kinds(await third.settle())).toEqual([...change(4), ...nothing]);
  });

  it("an id is good for one time, and the time-out has to be asked for again", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    const second = await resume(node.url, id);
    expect(kinds(await (await resume(node.url, id)).settle())).toEqual(nothing);
    await second.drop();
    await untilSockets(node, 1);
    await replace(node, 1);
    const third = await resume(node.url, String(second.headers["andesite-connection-id"]));
    expect(kinds(await third.settle())).toEqual(nothing);
  });

  it("expires", async () => {
    const node = await start();
    const id = await lose(node, 20);
    await replace(node, 1);
    const buffers = async () =>
      /^andesite_event_buffers (\d+)$/m.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1];
    await expect.poll(buffers).toBe("0");
    expect(kinds(await (await resume(node.url, id)).settle())).toEqual(nothing);
  });

  it("the last time-out counts", async () => {
    const node = await start();
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "event-buffer", timeout: 60_000 });
    socket.send({ op: "play", guildId, track: node.track("a song") });
    socket.send({ op: "event-buffer" });
    await socket.settle();
    await socket.drop();
    await replace(node, 1);
    const id = String(socket.headers["andesite-connection-id"]);
    expect(kinds(await (await resume(node.url, id)).settle())).toEqual(nothing);
  });

  it.each(["0", "x", "", "99999999999999999999"])("an unknown id %j is ignored", async (id) => {
    const { url } = await start();
    expect(kinds(await (await resume(url, id)).settle())).toEqual(nothing);
  });

  it("another user, or another dialect, gets nothing, and takes nothing away", async () => {
    const node = await start();
    const id = await lose(node, 60_000);
    await replace(node, 1);
    expect(kinds(await (await resume(node.url, id, "2")).settle())).toEqual(nothing);
    expect(kinds(await (await resume(node.url, id, "1", "/")).settle())).toEqual([]);
    expect(kinds(await (await resume(node.url, id)).settle())).toEqual([...change(1), ...nothing]);
  });

  it("a connection that the node takes for alive is cut when it is resumed", async () => {
    const node = await start();
    const half = await TestSocket.open(node.url);
    half.send({ op: "event-buffer", timeout: 60_000 });
    half.send({ op: "play", guildId, track: node.track("a song") });
    await half.settle();
    const socket = await resume(node.url, String(half.headers["andesite-connection-id"]));
    expect(await half.closed()).toMatchObject({ code: 1006 });
    await replace(node, 5);
    await socket.until(() => socket.received.some((message) => kind(message) === "5"));
  });

  it.each([
    ["messages", { maxBufferMessages: 4 }],
    ["bytes", { maxBufferBytes: 3_000 }],
  ])(
    "beyond a bound of %s nothing is replayed, rather than something with holes",
    async (_name, webSocket) => {
      const node = await start({ webSocket });
      const id = await lose(node, 60_000);
      for (let number = 1; number <= 3; number++) await replace(node, number);
      expect(kinds(await (await resume(node.url, id)).settle())).toEqual(nothing);
    },
  );

  it("of too many lost connections the oldest gives way", async () => {
    const node = await start({ webSocket: { maxBuffers: 1 } });
    const first = await lose(node, 60_000);
    const second = await lose(node, 60_000);
    await replace(node, 1);
    expect(kinds(await (await resume(node.url, first)).settle())).toEqual(nothing);
    expect(kinds(await (await resume(node.url, second)).settle())).toEqual([...change(1), ...nothing]);
  });
});

it("12. resuming: the regular states of a player are kept as well", async () => {
  const node = await startTestNode();
  const id = await lose(node, 60_000);
  node.players.emitUpdate("1", guildId);
  const socket = await resume(node.url, id);
  expect((await socket.settle()).map(kind)).toEqual(["player-update", ...nothing]);
});
