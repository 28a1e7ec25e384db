// No server can crash a client, keep it busy forever, or make it grow without bound.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AsterError, Server, type ServerOptions } from "@asterite/aster";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Json, type Peer, ReferenceServer } from "../support/reference-server.ts";

let reference: ReferenceServer;
let server: Server;
const errors: unknown[] = [];

async function connect(options: ServerOptions = {}): Promise<void> {
  server = new Server("127.0.0.1", reference.port, {
    username: "ann",
    password: "secret",
    tls: false,
    reconnect: { firstDelayMs: 5, longestDelayMs: 20 },
    ...options,
  });
  server.on("error", (error) => errors.push(error));
  await server.connect();
}

beforeEach(async () => {
  errors.length = 0;
  reference = await ReferenceServer.start({ extensions: ["cursor", "groups", "typing", "state", "markers"] });
});

afterEach(async () => {
  await server?.disconnect();
  await reference.stop();
  expect(errors).toEqual([]);
});

/** Returns whether the current connection still works. */
async function isHealthy(): Promise<boolean> {
  return (await server.getResponse({ command: "ping" })).status === 200 && server.status === "ready";
}

const commands = [
  "API_version content message_edited message_deleted get_metadata online list_channels list_groups list_emoji",
  "get_name get_icon read_marker channel_state typing send history login hello nonsense",
]
  .join(" ")
  .split(" ");
const fields = [
  "data uuid message content new_content author_uuid channel_uuid channel date edited reply seq key value name",
  "pfp groups version command status __proto__ constructor nonce",
]
  .join(" ")
  .split(" ");
const value = fc.oneof(
  fc.constantFrom(null, true, -1, 0, 201, 1000, 2 ** 53, -0.5, 1e308, "", "ann", "%%%", [], {}, [null], [[]]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.record({ uuid: fc.integer(), name: fc.string(), pfp: fc.string() }), { maxLength: 3 }),
);
const packet = fc
  .record({
    command: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...commands) }, value),
    status: fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, value),
    rest: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 8 }),
  })
  // An unsupported version closes the connection; session.test.ts covers that.
  .map(({ command, status, rest }) => JSON.stringify({ ...rest, command, status }))
  .filter((text) => !/API_version.*"version":\[/.test(text) && !/"version":\[.*API_version/.test(text));
const garbage = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    "null",
    "[]",
    "{",
    '{"command":"content"',
    "\u0000",
    "\r",
    '"',
    "1e999",
    '{"a":'.repeat(500),
  ),
);

it("stays connected on garbage, wrong types, and unknown users and channels", async () => {
  await connect({ extensions: ["cursor", "groups", "typing", "state", "markers"] });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(packet, garbage), { minLength: 1, maxLength: 30 }), async (lines) => {
      reference.tell(reference.peer, lines.map((line) => `${line.replaceAll("\n", "")}\n`).join(""));
      expect(await isHealthy()).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(reference.everyPeer).toHaveLength(1);
});

it("stays connected on bytes that are not UTF-8", async () => {
  await connect();
  for (let byte = 0; byte < 256; byte++) {
    if (byte !== 0x0a) reference.peer.socket.write(Buffer.from([byte, 0xff, 0xc0, byte, 0x0a]));
  }
  reference.tell(reference.peer, `${"[".repeat(200_000)}${"]".repeat(200_000)}\n`);
  reference.tell(
    reference.peer,
    `{"command":"x","status":200,"data":${"[".repeat(50_000)}${"]".repeat(50_000)}}\n`,
  );
  expect(await isHealthy()).toBe(true);
});

it("rejects every method on a reply with invalid fields", async () => {
  await connect();
  const [channel] = server.channels;
  const message = await channel?.send("before");
  const answers: Json[] = [
    {},
    { data: null },
    { data: [null] },
    { data: [{ uuid: "x" }] },
    { message: -0.5 },
  ];
  for (const answer of answers) {
    reference.intercept = (_peer, { command }) =>
      command === "ping" || command === "leave" ? undefined : answer;
    const calls = [
      channel?.fetchHistory(),
      channel?.history().next(),
      server.fetchUser(1),
      server.fetchEmoji(1),
      server.fetchSync(),
      server.fetchLastReads(),
      channel?.fetchUnreadCount(),
      server.createChannel("x"),
      channel?.send("x"),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(AsterError);
  }
  reference.intercept = () => undefined;
  await message?.edit("after");
  expect(await isHealthy()).toBe(true);
});

it("drops the connection on an endless line instead of buffering it", async () => {
  await connect({ packetBytes: 100_000 });
  const lost = server.once("status");
  const { socket } = reference.peer;
  const chunk = "x".repeat(10_000);
  for (let sent = 0; sent < 20 && !socket.destroyed; sent++) socket.write(chunk);
  const [, , error] = await lost;
  expect(error?.cause).toMatchObject({ code: "PROTOCOL_VIOLATION", message: /exceeds 100000 bytes/ });
  await server.once("ready");
  expect(await isHealthy()).toBe(true);
});

const mebibyte = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Returns the heap in use after a garbage collection. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Sends pushes in batches of 1000, with backpressure. */
async function flood(peer: Peer, count: number, push: (index: number) => Json): Promise<void> {
  for (let start = 0; start < count; start += 1000) {
    const lines = Array.from({ length: 1000 }, (_, index) =>
      JSON.stringify({ status: 200, ...push(start + index) }),
    );
    if (!peer.socket.write(`${lines.join("\n")}\n`)) {
      await new Promise((resolve) => peer.socket.once("drain", resolve));
    }
  }
}

describe("endless pushes", () => {
  const content = (uuid: number, author: number, channel: number) => ({
    command: "content",
    content: `text ${uuid} ${"x".repeat(100)}`,
    uuid,
    date: uuid,
    author_uuid: author,
    channel_uuid: channel,
    edited: false,
    reply: null,
  });
  const floods: [string, (index: number) => Json][] = [
    ["messages", (index) => content(index, 1000, 201)],
    ["messages of unknown authors", (index) => content(index, 10_000 + index, 201)],
    ["messages in unknown channels", (index) => content(index, 1000, 10_000 + index)],
    [
      "edits and deletions of unknown messages",
      (index) => ({
        command: index % 2 ? "message_edited" : "message_deleted",
        message: index,
        new_content: "x",
      }),
    ],
    [
      "new users",
      (index) => ({
        command: "get_metadata",
        data: [{ uuid: 10_000 + index, name: `user ${index}`, pfp: "x".repeat(200), groups: [] }],
      }),
    ],
    [
      "packets with sequence numbers",
      (index) => ({ command: "unspecified", seq: index, data: "x".repeat(100) }),
    ],
  ];

  it.each(floods)("keeps the memory of the client bounded on %s", async (_name, push) => {
    await connect({ cache: { users: 1000, messagesPerChannel: 100 } });
    const { peer } = reference;
    // The first pushes fill the caches and let the engine optimise.
    await flood(peer, 20_000, push);
    await isHealthy();
    const before = heapBytes();
    await flood(peer, 60_000, (index) => push(20_000 + index));
    await isHealthy();
    // 60 000 cached packets would be more than 15 MiB.
    expect(heapBytes() - before).toBeLessThan(10 * mebibyte);
    expect(server.peers.size).toBeLessThanOrEqual(1000);
    expect(server.channels[0]?.messages.length).toBeLessThanOrEqual(100);
    expect(server.status).toBe("ready");
  });

  it("drops the connection on too many pushes during a catch-up", async () => {
    await connect();
    reference.intercept = (peer, { command }) => {
      if (command !== "events_after") return undefined;
      reference.intercept = () => undefined;
      void flood(peer, 12_000, (index) => content(index, 1000, 201));
      return null;
    };
    const errorTexts: string[] = [];
    server.on("status", (_status, _server, error) => error && errorTexts.push(error.message));
    const ready = server.once("ready");
    reference.peer.socket.destroy();
    await ready;
    expect(errorTexts.some((text) => text.includes("too many pushes during the catch-up"))).toBe(true);
    expect(await isHealthy()).toBe(true);
  });
});

it("times out in connect when the server does not reply", async () => {
  for (const silent of ["hello", "login", "get_metadata", "get_icon"]) {
    reference.intercept = (_peer, { command }) => (command === silent ? null : undefined);
    await expect(connect({ requestTimeoutMs: 100 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(TIMED_OUT|PROTOCOL_VIOLATION)$/),
    });
    await server.disconnect();
  }
});

it("times out in connect when the server hangs during the handshake", async () => {
  reference.intercept = () => null;
  server = new Server("127.0.0.1", reference.port, {
    username: "ann",
    password: "secret",
    connectTimeoutMs: 100,
    tls: { verify: false },
    framing: "websocket",
  });
  await expect(server.connect()).rejects.toMatchObject({ name: "AsterError" });
});

it("rejects connect when its signal aborts", async () => {
  reference.intercept = () => null;
  server = new Server("127.0.0.1", reference.port, { username: "ann", password: "secret", tls: false });
  const abort = new AbortController();
  const connecting = server.connect({ signal: abort.signal });
  await expect.poll(() => reference.peers.size).toBe(1);
  abort.abort(new Error("enough"));
  await expect(connecting).rejects.toThrow("enough");
  await server.closed;
  await expect.poll(() => reference.peers.size).toBe(0);
});
