import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { LineClient, WebSocketClient } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import {
  ask,
  firstChannel,
  framings,
  openClient,
  register,
  registered,
  startServer,
} from "../support/server.ts";

async function rawSocket(port: number): Promise<TLSSocket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

const closed = (socket: TLSSocket) => (socket.destroyed ? Promise.resolve() : once(socket, "close"));

it("accepts TLS 1.2 and 1.3 and no older version", async () => {
  const { port } = await startServer();
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const socket = connectTls({ port, rejectUnauthorized: false, minVersion: version, maxVersion: version });
    await once(socket, "secureConnect");
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  }
  const old = connectTls({
    port,
    rejectUnauthorized: false,
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  await expect(once(old, "secureConnect")).rejects.toThrow();
});

it("sends nothing before the first byte, then the version and the pushes held back so far", async () => {
  const { port } = await startServer();
  const silent = await LineClient.connect({ port, insecure: true });
  onTestFinished(() => silent.close());
  const ann = await openClient(port);
  await register(ann, "ann");
  expect(silent.packets).toEqual([]);
  silent.send({ command: "ping" });
  await silent.until(({ command }) => command === "ping");
  expect(silent.packets.map(({ command }) => command)).toEqual([
    "API_version",
    "get_metadata",
    "online",
    "ping",
  ]);
});

it("closes a connection without a first byte", async () => {
  const { port } = await startServer({ connection: { firstByteTimeoutMs: 50 } });
  const socket = await rawSocket(port);
  await closed(socket);
  expect(socket.bytesRead).toBe(0);
});

it("disconnects a client after the idle timeout, but not an active one", async () => {
  // Client and server share a thread: if it blocks for this long, both connections are idle.
  const { port } = await startServer({ connection: { idleTimeoutMs: 1_500 } });
  const idle = await openClient(port);
  const busy = await openClient(port);
  await ask(idle, "ping");
  const pings = setInterval(() => busy.send({ command: "ping" }), 50);
  await idle.closed;
  clearInterval(pings);
  expect((await ask(busy, "get_user", { uuid: 1 })).reply.status).toBe(404);
});

it("keeps a slow connection whose framing is determined", async () => {
  const { port } = await startServer({ connection: { firstByteTimeoutMs: 1_000 } });
  const client = await LineClient.connect({ port, insecure: true });
  onTestFinished(() => client.close());
  client.write("{");
  // When a later connection without a first byte is closed, the time has passed for this one too.
  await closed(await rawSocket(port));
  client.write('"command":"ping"}\n');
  expect((await client.next()).command).toBe("API_version");
  expect((await client.next()).command).toBe("ping");
});

it("closes a connection whose client stays undecided longer than a line may take", async () => {
  const { port } = await startServer({ connection: { lineTimeoutMs: 200 } });
  const client = await LineClient.connect({ port, insecure: true });
  onTestFinished(() => client.close());
  client.write("{");
  await client.closed;
  expect(client.packets).toEqual([]);
});

it.each([" ", "\n", "[", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\0\0\0"])(
  "closes a connection that begins with %j without a reply",
  async (text) => {
    const { port } = await startServer();
    const socket = await rawSocket(port);
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.write(text);
    socket.end();
    await closed(socket);
    expect(Buffer.concat(received).toString()).toBe("");
  },
);

it("answers the requests before the peer's end, including a last line without a newline", async () => {
  const { port } = await startServer();
  const client = await LineClient.connect({ port, insecure: true });
  client.write('{"command":"ping"}\r\n{"command":"leave"}');
  await client.next();
  expect((await client.next()).command).toBe("ping");
  await client.close();
  expect(client.packets.map(({ command }) => command)).toEqual(["API_version", "ping", "leave"]);
});

it("closes the connection at invalid UTF-8, and after a 400 at a line beyond the limit", async () => {
  const { port } = await startServer({ limits: { line: 1000 } });
  const broken = await LineClient.connect({ port, insecure: true });
  broken.write(Buffer.from('{"command":"ping"}\n{"command":"\xff"}\n', "latin1"));
  await broken.closed;
  expect(broken.packets.map(({ command }) => command)).toEqual(["API_version", "ping"]);
  const long = await LineClient.connect({ port, insecure: true });
  long.write(`{${"x".repeat(2000)}`);
  await long.closed;
  expect(long.packets.slice(1)).toEqual([{ command: "unknown", status: 400 }]);
});

it("accepts a WebSocket on any path, without a subprotocol, and ignores binary messages", async () => {
  const { port } = await startServer();
  const client = await WebSocketClient.connect({
    port,
    insecure: true,
    path: "/some/where?x=1",
    headers: { Origin: "https://elsewhere.example" },
  });
  onTestFinished(() => client.close());
  expect((await client.next()).command).toBe("API_version");
  // A masked binary frame, and a masked ping, both empty.
  client.write(Buffer.from([0x82, 0x80, 0, 0, 0, 0, 0x89, 0x80, 0, 0, 0, 0]));
  client.send(' \n{"command":"ping"}\t');
  expect((await client.next()).command).toBe("ping");
});

it("closes a WebSocket with 1009 at a message beyond the limit", async () => {
  const { port } = await startServer({ limits: { line: 1000 } });
  const client = await WebSocketClient.connect({ port, insecure: true });
  client.send("x".repeat(2000));
  expect(await client.closed).toMatchObject({ code: 1009 });
});

it("disconnects a client that stops reading at the limit of queued pushes", async () => {
  const { port } = await startServer({
    connection: { queuedBytes: 256 * 1024, requestsPerSecond: Number.POSITIVE_INFINITY },
  });
  const { client: ann } = await registered(port, "ann");
  const { client: stalled, uuid } = await registered(port, "stalled");
  const channel = await firstChannel(ann);
  stalled.pause();
  const content = "x".repeat(9000);
  let sent = 0;
  for (let isOnline = true; isOnline && sent < 10_000; sent += 10) {
    const answers = Array.from({ length: 10 }, () => ask(ann, "send", { content, channel }));
    await Promise.all(answers);
    const { reply } = await ask(ann, "online");
    isOnline = (reply["data"] as number[]).includes(uuid);
  }
  // The system's own buffers add to the limit.
  expect(sent).toBeGreaterThanOrEqual(20);
  expect(sent).toBeLessThan(10_000);
  stalled.resume();
  await stalled.closed;
  expect((await ask(ann, "ping")).reply.status).toBe(200);
});

it("delivers a reply larger than the limit to a client that reads it", async () => {
  const { port } = await startServer({
    connection: { queuedBytes: 20_000, requestsPerSecond: Number.POSITIVE_INFINITY },
  });
  const { client } = await registered(port, "ann");
  const channel = await firstChannel(client);
  const content = "x".repeat(9000);
  for (let sent = 0; sent < 50; sent++) await ask(client, "send", { content, channel });
  client.send({ command: "history", channel, num: 100 });
  client.send({ command: "send", channel, content });
  const { packet } = await client.until(({ command }) => command === "history");
  expect(packet["data"]).toHaveLength(50);
  await client.until(({ command }) => command === "send");
});

it("delays the requests of a flooding connection but not those of others", async () => {
  const { port } = await startServer({ connection: { requestsPerSecond: 20, requestBurst: 5 } });
  const flooder = await openClient(port);
  const began = performance.now();
  for (let count = 0; count < 10; count++) flooder.send({ command: "ping" });
  const other = await openClient(port);
  await ask(other, "ping");
  for (let count = 0; count < 10; count++) await flooder.until(({ command }) => command === "ping");
  // A burst of five, then five more at twenty per second.
  expect(performance.now() - began).toBeGreaterThanOrEqual(240);
});

it("serves plain text only with `insecure-plaintext`", async () => {
  const { port, fingerprint256 } = await startServer({ tls: "insecure-plaintext" });
  expect(fingerprint256).toBeUndefined();
  for (const framing of ["lines", "websocket"] as const) {
    const client = await openClient(port, framing, { plaintext: true });
    expect((await ask(client, "ping")).reply.status).toBe(200);
  }
});

it("answers the requests read so far before it closes", async () => {
  const server = await startServer({ database: ":memory:" });
  const { client } = await registered(server.port, "ann");
  const channel = await firstChannel(client);
  for (let count = 0; count < 50; count++) client.send({ command: "send", channel, content: `${count}` });
  await client.until(({ command }) => command === "send");
  await server.close();
  await client.closed;
  const contents = client.packets.filter(({ command }) => command === "content").length;
  const replies = client.packets.filter(({ command, status }) => command === "send" && status === 200).length;
  expect(replies).toBe(contents);
});

it.each(framings)(
  "closes a connection whose client goes on sending: %s",
  { timeout: 30_000 },
  async (framing) => {
    const server = await startServer({ connection: { requestsPerSecond: 200, requestBurst: 1 } });
    const { client } = await registered(server.port, "ann", framing);
    const sender = setInterval(() => {
      for (let count = 0; count < 10; count++) client.send({ command: "ping" });
    }, 5);
    onTestFinished(() => clearInterval(sender));
    await client.until(({ command }) => command === "ping");
    const closed = client.closed.then(() => "closed");
    const stopped = server.close({ graceMs: 60_000 });
    expect(await Promise.race([closed, delay(20_000, "still served", { ref: false })])).toBe("closed");
    await stopped;
  },
);
