import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import type { AsterServer } from "@asterite/aster-server";
import type { PacketClient } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import {
  ask,
  firstChannel,
  framings,
  openClient,
  register,
  registered,
  startServer,
  statusOf,
} from "../support/server.ts";

// What connections without an account, or many connections together, could take from others.

const handshake =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** A masked text frame that announces a length. */
function frameHeader(length: number): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x81;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

async function openSocket({ port }: AsterServer): Promise<Socket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

async function upgrade(socket: Socket): Promise<Socket> {
  socket.write(handshake);
  const [head] = await once(socket, "data");
  expect(String(head)).toContain("101");
  return socket;
}

/** An empty frame with an opcode, as a client sends it. */
const emptyFrame = (opcode: number): Buffer => Buffer.of(0x80 | opcode, 0x80, 0, 0, 0, 0);

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));

/** The start of a message that never ends: as a line, or as the payload of an announced frame. */
const beginnings = {
  lines: (bytes: number) => Buffer.from(`{"command":"${"x".repeat(bytes)}`),
  websocket: (bytes: number) => Buffer.concat([frameHeader(4 * 1024 * 1024), Buffer.alloc(bytes, 97)]),
};

async function openFraming(server: AsterServer, framing: (typeof framings)[number]): Promise<Socket> {
  const socket = await openSocket(server);
  return framing === "websocket" ? await upgrade(socket) : socket;
}

describe.each(framings)("an unfinished message over %s", (framing) => {
  it("of a guest ends at 64 KiB", async () => {
    const server = await startServer();
    const socket = await openFraming(server, framing);
    socket.resume().write(beginnings[framing](70_000));
    await closed(socket);
  });

  it("ends after a time limit, of a guest and of a session", async () => {
    const server = await startServer({ connection: { lineTimeoutMs: 200 } });
    const guest = await openFraming(server, framing);
    guest.resume().write(beginnings[framing](1000));
    await closed(guest);
    const session = await openFraming(server, framing);
    session.resume().write(beginnings[framing](1000));
    await closed(session);
    // A connection that is idle between two messages stays.
    const idle = await openClient(server.port, framing);
    expect(await statusOf(idle, "ping")).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await statusOf(idle, "ping")).toBe(200);
  });

  it("counts against the sum of all guests, from which small requests are exempt", async () => {
    const server = await startServer({ capacity: { guestBufferBytes: 200_000 } });
    const holders: Socket[] = [];
    for (let count = 0; count < 5; count++) {
      const socket = await openFraming(server, framing);
      socket.resume().write(beginnings[framing](60_000));
      holders.push(socket);
    }
    await Promise.race(holders.map(closed));
    const { client } = await registered(server.port, "ann");
    expect(await statusOf(client, "ping")).toBe(200);
  });

  it("may be long once the login before it in the same stream has succeeded", async () => {
    const server = await startServer();
    const { client: ann } = await registered(server.port, "ann");
    const channel = await firstChannel(ann);
    const client = await openClient(server.port, framing);
    client.send({ command: "login", uname: "ann", passwd: "secret" });
    client.send({ command: "send", channel, content: "x", padding: "y".repeat(500_000) });
    const { packet } = await client.until(({ command }) => command === "send");
    expect(packet.status).toBe(200);
    // The same without a login is refused.
    const guest = await openClient(server.port, framing);
    guest.send({ command: "ping" });
    guest.send({ command: "send", channel, content: "x", padding: "y".repeat(500_000) });
    await guest.closed;
    expect(guest.packets.find(({ command }) => command === "ping")?.status).toBe(200);
  });
});

/** Resolves with whether the server serves a connection rather than closing it at once. */
async function isServed(port: number): Promise<boolean> {
  try {
    const client = await openClient(port);
    client.send({ command: "ping" });
    const reply = client.until(({ command }) => command === "ping").then(() => true);
    return await Promise.race([reply, client.closed.then(() => false)]);
  } catch {
    return false;
  }
}

describe("connections", () => {
  it("of one address are limited, and a closed one makes room", async () => {
    const server = await startServer({ capacity: { connectionsPerAddress: 3 } });
    const clients = [];
    for (let count = 0; count < 3; count++) clients.push(await openClient(server.port));
    expect(await isServed(server.port)).toBe(false);
    await clients[0]?.close();
    await expect.poll(() => isServed(server.port)).toBe(true);
  });

  it("are limited in all", async () => {
    const server = await startServer({ capacity: { connections: 2 } });
    for (const isWithin of [true, true, false]) expect(await isServed(server.port)).toBe(isWithin);
  });

  it("without a login are ended by newer ones above a limit, but not those with one", async () => {
    const server = await startServer({ capacity: { guests: 2 } });
    const { client: ann } = await registered(server.port, "ann");
    const oldest = await openClient(server.port);
    await openClient(server.port);
    await openClient(server.port);
    await oldest.closed;
    expect(await statusOf(ann, "ping")).toBe(200);
    await register(await openClient(server.port), "bob");
  });

  it("without a login are ended when they stay silent, but not those with one", async () => {
    // Long enough for a registration on a machine that stands still for a second.
    const server = await startServer({ capacity: { guestIdleTimeoutMs: 3000 } });
    const { client: ann } = await registered(server.port, "ann");
    const guest = await openClient(server.port);
    await guest.closed;
    expect(await statusOf(ann, "ping")).toBe(200);
  });

  it("that never read are ended, also as WebSockets and while they pipeline pages", async () => {
    const server = await startServer({
      connection: { stallTimeoutMs: 300, requestsPerSecond: Number.POSITIVE_INFINITY },
      pages: (_request, response) => void response.end("x".repeat(1_000_000)),
      statusPort: 0,
    });
    const reader = await upgrade(await openSocket(server));
    const pages = await openSocket(server);
    for (const socket of [reader, pages]) socket.pause();
    pages.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(16));
    const ping = Buffer.from('{"command":"get_icon"}');
    const frame = Buffer.concat([Buffer.of(0x81, 0x80 | ping.length, 0, 0, 0, 0), ping]);
    // More than the kernel's buffers hold.
    reader.write(Buffer.concat(Array.from({ length: 20_000 }, () => frame)));
    // A socket that is not read does not notice its end.
    const metrics = async () => await (await fetch(`http://127.0.0.1:${server.statusPort}/metrics`)).text();
    const open = /asterite_connections\{framing="(?:websocket|other)"\} [1-9]/;
    expect(await metrics()).toMatch(open);
    await expect.poll(metrics).not.toMatch(open);
  });
});

it.each([
  { first: 0, expected: 0 },
  { first: 1, expected: 16 },
])(
  "ends connections with more than 16 page requests that wait, $first before them",
  async ({ first, expected }) => {
    let served = 0;
    const server = await startServer({ pages: () => void served++ });
    const socket = await openSocket(server);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    // It is reset, because the server has not read all of them.
    socket.on("error", () => {});
    const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (first > 0) socket.write(request);
    await expect.poll(() => served).toBe(first);
    socket.write(request.repeat(2000));
    await closed;
    expect(served).toBe(expected);
  },
);

it("ends clients that read nothing when all of them together leave too much unread", async () => {
  const unlimited = { requestsPerSecond: Number.POSITIVE_INFINITY };
  const server = await startServer({ connection: unlimited, capacity: { unsentBytes: 1024 * 1024 } });
  const { client: ann } = await registered(server.port, "ann");
  const channel = await firstChannel(ann);
  const silent = await Promise.all(
    Array.from({ length: 4 }, async (_, index) => (await registered(server.port, `silent ${index}`)).client),
  );
  for (const client of silent) client.pause();
  const online = async () => ((await ask(ann, "online")).reply["data"] as number[]).length;
  const content = "x".repeat(9000);
  // Each leaves less than the 16 MiB of its own limit.
  for (let rounds = 0; rounds < 100 && (await online()) === 5; rounds++) {
    await Promise.all(Array.from({ length: 10 }, () => ask(ann, "send", { content, channel })));
  }
  await expect.poll(online).toBeLessThan(5);
  expect(await statusOf(ann, "ping")).toBe(200);
});

async function login(port: number, uname = "ann"): Promise<PacketClient> {
  const client = await openClient(port);
  expect(await statusOf(client, "login", { uname, passwd: "secret" })).toBe(200);
  return client;
}

describe("an account", () => {
  it("has a limited number of sessions, of which the oldest ends", async () => {
    const { port } = await startServer({ capacity: { sessionsPerAccount: 2 } });
    const { client: first } = await registered(port, "ann");
    const { client: bob } = await registered(port, "bob");
    const second = await login(port);
    const third = await login(port);
    await first.closed;
    for (const client of [second, third, bob]) expect(await statusOf(client, "ping")).toBe(200);
  });

  it("sends no more with many sessions than with one", async () => {
    const { port } = await startServer({ connection: { requestsPerSecond: 50, requestBurst: 100 } });
    const { client: first } = await registered(port, "ann");
    const channel = await firstChannel(first);
    const sessions = [first];
    while (sessions.length < 10) sessions.push(await login(port));
    const startedAt = performance.now();
    for (const session of sessions) {
      for (let count = 0; count < 20; count++) session.send({ command: "send", channel, content: "x" });
    }
    const isReply = ({ command, status }: { command?: unknown; status?: unknown }) =>
      command === "send" && status === 200;
    const replies = sessions.map((session) =>
      expect.poll(() => session.packets.filter(isReply).length, { timeout: 15_000, interval: 20 }).toBe(20),
    );
    await Promise.all(replies);
    // 200 requests at 50 a second behind a burst of 100: at least 1.5 s, and not the 0 s of ten rates.
    expect(performance.now() - startedAt).toBeGreaterThan(1500);
  });
});

describe("a message", () => {
  it("costs its author the more the more connections receive it", async () => {
    const { port } = await startServer({ connection: { requestsPerSecond: 10, requestBurst: 20 } });
    const { client: ann } = await registered(port, "ann");
    await registered(port, "bob");
    const channel = await firstChannel(ann);
    const readers = await Promise.all(Array.from({ length: 63 }, () => login(port, "bob")));
    const startedAt = performance.now();
    for (let count = 0; count < 20; count++) await ask(ann, "send", { channel, content: "x" });
    // Each costs two requests, of which the burst covers 20.
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    const received = readers.map((reader) =>
      expect.poll(() => reader.packets.filter(({ command }) => command === "content").length).toBe(20),
    );
    await Promise.all(received);
  });
});

describe("a search", () => {
  it("is refused above 256 characters, and answered below with as many words as fit", async () => {
    const { port } = await startServer({ database: join(await temporaryFolder(), "aster.db") });
    const { client } = await registered(port, "ann");
    const channel = await firstChannel(client);
    const words = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join(" ");
    await ask(client, "send", { channel, content: words });
    const { reply } = await ask(client, "search", { query: words, limit: 10 });
    expect([reply.status, (reply["data"] as unknown[]).length]).toEqual([200, 1]);
    expect(await statusOf(client, "search", { query: `${words}xy`, limit: 10 })).toBe(400);
  });
});

describe("a long packet of fractions", () => {
  it("costs as many requests as its length, so that others are served in between", async () => {
    const { port } = await startServer({ connection: { requestsPerSecond: 100, requestBurst: 100 } });
    const { client: ann } = await registered(port, "ann");
    const { client: bob } = await registered(port, "bob");
    const startedAt = performance.now();
    ann.send(`{"command":"ping","x":[${"1.5,".repeat(150_000)}1]}`);
    ann.send({ command: "ping" });
    await ann.until(({ command }) => command === "ping");
    expect(await statusOf(bob, "ping")).toBe(200);
    await ann.until(({ command }) => command === "ping");
    // 600 kB are 147 tokens, of which the burst covers less than 100.
    expect(performance.now() - startedAt).toBeGreaterThan(400);
  });
});

it("keeps the status port reachable when the chat port is full", async () => {
  const server = await startServer({ capacity: { connections: 5 }, statusPort: 0 });
  const sockets: Socket[] = [];
  for (let count = 0; count < 20; count++) {
    const socket = connectTcp(server.port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    sockets.push(socket);
  }
  await expect.poll(() => sockets.filter(({ destroyed }) => destroyed).length).toBe(15);
  const health = await fetch(`http://127.0.0.1:${server.statusPort}/health/ready`);
  expect(health.status).toBe(200);
  const metrics = await (await fetch(`http://127.0.0.1:${server.statusPort}/metrics`)).text();
  expect(metrics).toContain('asterite_connections_cut_total{reason="too many connections"} 15');
});

it("does not refuse what a session may send", async () => {
  const { port } = await startServer();
  const { client } = await registered(port, "ann");
  const { reply } = await ask(client, "ping", { x: "y".repeat(200_000) });
  expect(reply.status).toBe(200);
});

it.each([
  ["pings", 9],
  ["pongs", 10],
  ["binary messages", 2],
])("stops reading %s of a WebSocket above its rate", async (_name, opcode) => {
  const server = await startServer({ connection: { requestsPerSecond: 10, requestBurst: 10 } });
  const socket = await upgrade(await openSocket(server));
  let received = "";
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
  });
  const countPongs = (): number => received.split("\x8a\0").length - 1;
  /** Writes frames of which so many are pings. Returns the ms until each of them is answered. */
  const measure = async (frames: readonly Buffer[], pings: number): Promise<number> => {
    const startedAt = performance.now();
    const expected = countPongs() + pings;
    socket.write(Buffer.concat(frames));
    await expect.poll(countPongs, { timeout: 15_000, interval: 10 }).toBe(expected);
    return performance.now() - startedAt;
  };
  const ping = emptyFrame(9);
  // They cost 20 of the 10 requests at once and 10 per second.
  const flood = Array.from({ length: 320 }, () => emptyFrame(opcode));
  await measure([...flood, ping], opcode === 9 ? 321 : 1);
  expect(await measure([ping], 1)).toBeGreaterThan(700);
});

/** Sends messages of 10,000 characters; returns their number. */
async function fill(client: PacketClient, channel: number, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    await ask(client, "send", { channel, content: "€".repeat(10_000) });
  }
}

it("returns fewer messages where their texts are long", async () => {
  const { port } = await startServer({ connection: { requestsPerSecond: Number.POSITIVE_INFINITY } });
  const { client } = await registered(port, "ann");
  await ask(client, "hello", { client: "test", extensions: ["cursor"] });
  const channel = await firstChannel(client);
  await fill(client, channel, 170);
  const { reply: page } = await ask(client, "history", { channel, num: 1000 });
  // 512 KiB of texts of 30,000 bytes.
  expect(page["data"]).toHaveLength(17);
  const numbers: number[] = [];
  for (let cursor = 0, more = true; more; ) {
    const { reply } = await ask(client, "events_after", { cursor, limit: 1000 });
    const events = reply["events"] as { seq: number }[];
    expect(events.length).toBeLessThanOrEqual(150);
    numbers.push(...events.map(({ seq }) => seq));
    ({ cursor, more } = reply as unknown as { cursor: number; more: boolean });
  }
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.length).toBeGreaterThanOrEqual(170);
});
