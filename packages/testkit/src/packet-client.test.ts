import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { type Certificate, createAuthority, selfSigned } from "./certificates.ts";
import { LineClient } from "./line-client.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { PacketClient } from "./packet-client.ts";
import { settled } from "./settled.ts";
import { WebSocketClient, type WebSocketOptions } from "./websocket-client.ts";

/** The server's side of a connection, over either framing. */
interface Session {
  readonly socket: Socket;
  send(text: string): void;
  end(): void;
}

const megabyte = JSON.stringify({ command: "flood", filling: "x".repeat(1024 * 1024) });

/** Executes the command of a packet. */
function serve(text: string, { socket, send, end }: Session): void {
  if (text === "odd") send('{"command":"got odd"}');
  if (!text.startsWith("{")) return;
  const packet = JSON.parse(text);
  if (packet.command === "echo") send(text);
  if (packet.command === "count") {
    for (let status = 1; status <= packet.to; status++) send(JSON.stringify({ command: "count", status }));
  }
  if (packet.command === "flood") for (let sent = 0; sent < 32; sent++) send(megabyte);
  if (packet.command === "say") send(packet.text);
  if (packet.command === "leave") end();
  if (packet.command === "crash") socket.resetAndDestroy();
}

let certificate: Certificate;
let server: Server;
let sessions: Session[];
let port: number;

beforeAll(async () => {
  certificate = await (await createAuthority()).issue();
});

async function listen(started: Server): Promise<void> {
  server = started.listen(0, "127.0.0.1");
  sessions = [];
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

function serveLines(socket: Socket): void {
  const splitter = new LineSplitter(1e8);
  const session: Session = { socket, send: (text) => socket.write(`${text}\n`), end: () => socket.end() };
  sessions.push(session);
  socket.setEncoding("utf8").on("data", (text: string) => {
    for (const line of splitter.push(text)) serve(line, session);
  });
  socket.on("error", () => socket.destroy());
  session.send('{"command":"hello"}');
}

function serveWebSockets<Http extends HttpServer | HttpsServer>(http: Http): Http {
  const webSockets = new WebSocketServer({ server: http, handleProtocols: () => "second" });
  webSockets.on("connection", (webSocket, request) => {
    const session: Session = {
      socket: request.socket,
      send: (text) => webSocket.send(text),
      end: () => webSocket.close(4001, "leaving"),
    };
    sessions.push(session);
    webSocket.on("message", (data) => serve(data.toString(), session));
    webSocket.on("error", () => {});
    session.send('{"command":"hello"}');
  });
  return http;
}

interface Framing {
  readonly framing: string;
  start(): Promise<void>;
  connect(options?: Partial<WebSocketOptions>): Promise<PacketClient>;
}

const framings: readonly Framing[] = [
  {
    framing: "lines",
    start: () => listen(createTlsServer({ cert: certificate.cert, key: certificate.key }, serveLines)),
    connect: (options) => LineClient.connect({ port, ca: certificate.ca, ...options }),
  },
  {
    framing: "plain lines",
    start: () => listen(createTcpServer(serveLines)),
    connect: (options) => LineClient.connect({ port, plaintext: true, ...options }),
  },
  {
    framing: "WebSocket",
    start: () => listen(serveWebSockets(createHttpsServer({ cert: certificate.cert, key: certificate.key }))),
    connect: (options) => WebSocketClient.connect({ port, ca: certificate.ca, ...options }),
  },
];

afterEach(() => {
  for (const { socket } of sessions) socket.destroy();
  server.close();
});

describe.each(framings)("a client that speaks $framing", ({ framing, start, connect }) => {
  let client: PacketClient;
  beforeEach(async () => {
    await start();
    client = await connect();
    expect(await client.next()).toEqual({ command: "hello" });
  });
  afterEach(() => client.close());

  it("sends and receives packets", async () => {
    client.send({ command: "echo", text: "zwölf 🦤\n" });
    expect(await client.next()).toEqual({ command: "echo", text: "zwölf 🦤\n" });
    client.send("odd");
    expect(await client.next()).toEqual({ command: "got odd" });
    expect(client.packets.map(({ command }) => command)).toEqual(["hello", "echo", "got odd"]);
  });

  it("delivers packets in order, each once, to several waiting calls", async () => {
    const waiting = [client.next(), client.next()];
    client.send({ command: "count", to: 4 });
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([1, 2]);
    expect([(await client.next()).status, (await client.next()).status]).toEqual([3, 4]);
  });

  it("collects the packets before the awaited one", async () => {
    client.send({ command: "count", to: 3 });
    client.send({ command: "echo" });
    const { packet, between } = await client.until(({ command }) => command === "echo");
    expect(packet).toEqual({ command: "echo" });
    expect(between.map(({ status }) => status)).toEqual([1, 2, 3]);
  });

  it("stops waiting after the timeout or on a signal, and can continue", async () => {
    await expect(client.next({ timeoutMs: 10 })).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "no packet within 10 ms",
    });
    const reason = new Error("enough");
    await expect(client.next({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    client.send({ command: "count", to: 12 });
    await expect.poll(() => client.packets.length).toBe(13);
    const until = client.until(({ status }) => status === 13, { timeoutMs: 20 });
    await expect(until).rejects.toThrow(/within 20 ms; 12 others .*\n\{"command":"count","status":3\}\n/);
    client.send({ command: "echo" });
    expect(await client.next()).toEqual({ command: "echo" });
  });

  it.each(["[1]", "null", "{", "5"])("rejects %s from the server", async (text) => {
    client.send({ command: "say", text });
    await expect(client.next()).rejects.toMatchObject({
      code: "BAD_PACKET",
      message: `not a JSON object: ${text}`,
    });
    expect((await client.closed).error).toMatchObject({ code: "BAD_PACKET" });
  });

  it("delivers the packets received before the end", async () => {
    client.send({ command: "count", to: 2 });
    client.send({ command: "leave" });
    const closing = await client.closed;
    expect(closing).toEqual(framing === "WebSocket" ? { code: 4001, reason: "leaving" } : {});
    await client.next();
    await client.next();
    const why = framing === "WebSocket" ? ": 4001 leaving" : "";
    await expect(client.next()).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
      message: `the connection was closed${why}`,
    });
    client.send({ command: "echo" });
    client.write("x");
  });

  it("reports a broken connection", async () => {
    const waiting = client.next();
    sessions[0]?.socket.destroy();
    await expect(waiting).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await client.closed;
  });

  it("applies back-pressure while it is paused", async () => {
    client.pause();
    client.send({ command: "flood" });
    // The queue of the server grows and then stays.
    await expect.poll(() => sessions[0]?.socket.writableLength).toBeGreaterThan(0);
    expect(await settled(() => sessions[0]?.socket.writableLength ?? 0)).toBeGreaterThan(0);
    expect(client.packets).toHaveLength(1);
    client.resume();
    for (let taken = 0; taken < 32; taken++) expect((await client.next()).command).toBe("flood");
  });

  it("reports unsent bytes when the server does not read", async () => {
    sessions[0]?.socket.pause();
    for (let sent = 0; sent < 32; sent++)
      client.send({ command: "ignored", filling: "x".repeat(1024 * 1024) });
    expect(await settled(() => client.unsentBytes)).toBeGreaterThan(0);
    sessions[0]?.socket.resume();
    await expect.poll(() => client.unsentBytes).toBe(0);
  });

  it("closes while paused and when the server does not answer", async () => {
    client.pause();
    sessions[0]?.socket.pause();
    client.send("x".repeat(16 * 1024 * 1024));
    await Promise.all([client.close(), client.close()]);
    await client.closed;
  });

  it("sends its close in order, even while paused", async () => {
    const [session] = sessions;
    if (!session) throw new Error("no session");
    const ended = once(session.socket, "end");
    client.pause();
    session.send('{"command":"last"}');
    await client.close();
    await ended;
    expect(await client.next()).toEqual({ command: "last" });
    expect(await client.closed).toEqual(framing === "WebSocket" ? { code: 1000, reason: "" } : {});
  });

  it("rejects a failed connection with its cause", async () => {
    const failed = { code: "CONNECTION_FAILED" };
    if (framing !== "plain lines") {
      await expect(connect({ ca: (await selfSigned()).ca })).rejects.toMatchObject({
        ...failed,
        cause: expect.objectContaining({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" }),
      });
      await using insecure = await connect({ ca: (await selfSigned()).ca, insecure: true });
      expect(await insecure.next()).toEqual({ command: "hello" });
      await using named = await connect({ host: "localhost" });
      expect(await named.next()).toEqual({ command: "hello" });
    }
    const closed = createTcpServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port: silent } = closed.address() as AddressInfo;
    if (framing !== "plain lines") {
      await expect(connect({ port: silent, timeoutMs: 50 })).rejects.toMatchObject(failed);
      await expect(connect({ signal: AbortSignal.abort() })).rejects.toMatchObject(failed);
    }
    closed.close();
    await expect(connect({ port: silent })).rejects.toMatchObject({
      ...failed,
      cause: expect.objectContaining({ code: "ECONNREFUSED" }),
    });
  });
});

it("a line client writes raw bytes and ignores a line without line feed", async () => {
  await listen(createTcpServer(serveLines));
  await using client = await LineClient.connect({ port, plaintext: true });
  client.write('{"command":');
  client.write(Buffer.from('"echo"}\n{"command":"echo","status":2}\n{"comm'));
  const { between } = await client.until(({ status }) => status === 2);
  expect(between).toEqual([{ command: "hello" }, { command: "echo" }]);
  sessions[0]?.socket.end('{"command":"cut');
  expect(await client.closed).toEqual({});
  expect(client.packets).toHaveLength(3);
});

it("a line client reports a reset as an error", async () => {
  await listen(createTcpServer(serveLines));
  await using client = await LineClient.connect({ port, plaintext: true });
  client.send({ command: "crash" });
  expect((await client.closed).error).toMatchObject({ code: "ECONNRESET" });
  await expect(client.until(() => false)).rejects.toThrow("ECONNRESET");
});

describe("a WebSocket client", () => {
  const start = async () => {
    await listen(serveWebSockets(createHttpServer()));
    return await WebSocketClient.connect({ port, plaintext: true });
  };

  it("sends the configured path, headers and protocols", async () => {
    let asked: unknown;
    const http = createHttpServer();
    http.on("upgrade", ({ url, headers }) => {
      asked = {
        url,
        host: headers.host,
        extra: headers["x-extra"],
        protocols: headers["sec-websocket-protocol"],
      };
    });
    await listen(serveWebSockets(http));
    const protocols = ["first", "second"];
    const options = { path: "/chat?x=1", headers: { "x-extra": "yes" }, protocols };
    await using client = await WebSocketClient.connect({ port, plaintext: true, ...options });
    expect(client.protocol).toBe("second");
    expect(asked).toEqual({
      url: "/chat?x=1",
      host: `127.0.0.1:${port}`,
      extra: "yes",
      protocols: "first,second",
    });
  });

  it("reports the HTTP status of a refused handshake", async () => {
    await listen(createHttpServer((_, response) => response.writeHead(401).end()));
    await expect(WebSocketClient.connect({ port, plaintext: true })).rejects.toThrow(/response: 401/);
  });

  it("can break the framing, and reports a reset as an error", async () => {
    const client = await start();
    // A text frame without the mask that a client has to use.
    client.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    expect(await client.closed).toMatchObject({ code: 1002 });
    server.close();
    const other = await start();
    other.send({ command: "crash" });
    const closing = await other.closed;
    expect(closing).toMatchObject({ code: 1006, error: { code: "ECONNRESET" } });
  });

  it("rejects a binary message", async () => {
    const webSockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(webSockets, "listening");
    webSockets.on("connection", (webSocket) => webSocket.send(Buffer.from("{}")));
    const client = await WebSocketClient.connect({
      port: (webSockets.address() as AddressInfo).port,
      plaintext: true,
    });
    await expect(client.next()).rejects.toMatchObject({ code: "BAD_PACKET" });
    await client.closed;
    webSockets.close();
  });
});
