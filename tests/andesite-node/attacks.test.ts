import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  sendRefusedHandshake,
  sendRequest,
  startTestNode,
  TestSocket,
  waitForSocketCount,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const headers = { "User-Id": "1" };

function openRaw(url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Reads until the other side closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  // The connection may close during a write.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

describe("HTTP", () => {
  it.each([
    ["headers", { headersTimeoutMs: 100 }, "GET /stats HTTP/1.1\r\nHost: x\r\n"],
    [
      "bodies",
      { headersTimeoutMs: 100, requestTimeoutMs: 200 },
      "POST /decodetrack HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
    ],
  ])("times out slow %s", async (_name, http, start) => {
    const { url } = await startTestNode({ http });
    const socket = openRaw(url);
    socket.write(start);
    const answer = await readToEnd(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("Andesite-Node-Id: unknown");
    expect(answer).toContain('{"code":408,"message":"Request Timeout"}');
  });

  it("rejects oversized headers and requests that are not HTTP", async () => {
    const { url } = await startTestNode();
    const giant = openRaw(url);
    giant.write(`GET /stats HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(await readToEnd(giant)).toMatch(/^HTTP\/1\.1 431 [\s\S]*Andesite-Version: /);
    const garbage = openRaw(url);
    garbage.write("hello\r\n\r\n");
    expect(await readToEnd(garbage)).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*\{"code":400,"message":"Bad Request"\}$/,
    );
  });

  it("handles ten thousand subprotocols", async () => {
    const { url } = await startTestNode({ password: "x", http: { maxHeaderBytes: 1_048_576 } });
    const items = Array.from({ length: 10_000 }, (_, index) => `andesite-passwor:${index}`);
    const all = { ...headers, "Sec-WebSocket-Protocol": [...items, "andesite-password:y"].join(", ") };
    expect(await sendRefusedHandshake(`${url}/websocket`, { headers: all })).toMatchObject({ status: 401 });
  });

  it("closes the connection of an endless body", async () => {
    const { url } = await startTestNode();
    const socket = openRaw(url);
    socket.write("POST /decodetrack HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const send = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", send);
    send();
    expect(await readToEnd(socket)).toMatch(/^(?:HTTP\/1\.1 413 [\s\S]*)?$/);
    expect(await sendRequest(`${url}/stats`)).toMatchObject({ status: 200 });
  });

  it("enforces the limit of connections", async () => {
    const { url } = await startTestNode({ http: { maxConnections: 1 } });
    const first = openRaw(url);
    await once(first, "connect");
    first.write("GET /stats HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(first, "data");
    expect(await readToEnd(openRaw(url))).toBe("");
  });

  it("ignores upgrades other than WebSocket", async () => {
    const { url } = await startTestNode();
    const socket = openRaw(url);
    socket.write(
      "GET /stats HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("pages in browsers", () => {
  it("of any origin may use a node with a password if they send it", async () => {
    const { url } = await startTestNode({ password: "x" });
    const origin = { Origin: "https://player.example.org" };
    const answer = await sendRequest(`${url}/stats?password=x`, { headers: origin });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    expect(answer.headers.get("access-control-expose-headers")).toContain("Andesite-Node-Id");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    const preflight = await fetch(`${url}/player/1/play`, {
      method: "OPTIONS",
      headers: { ...origin, "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("User-Id");
  });

  it("of other origins may not use a node without a password", async () => {
    const { url } = await startTestNode();
    const requestFrom = (origin: string) => sendRequest(`${url}/stats`, { headers: { Origin: origin } });
    expect(await requestFrom("https://player.example.org")).toMatchObject({
      status: 403,
      body: { code: 403 },
    });
    expect(await requestFrom("null")).toMatchObject({ status: 403 });
    expect(await requestFrom("http://127.0.0.1.example.org")).toMatchObject({ status: 403 });
    expect(await requestFrom("http://localhost:8080")).toMatchObject({ status: 200 });
    expect(await requestFrom("http://[::1]:8080")).toMatchObject({ status: 200 });
    const elsewhere = { ...headers, Origin: "https://player.example.org" };
    expect(await sendRefusedHandshake(`${url}/websocket`, { headers: elsewhere })).toMatchObject({
      status: 403,
    });
    const open = await startTestNode({ open: true });
    expect(await sendRequest(`${open.url}/stats`, { headers: elsewhere })).toMatchObject({ status: 200 });
  });
});

describe("WebSockets", () => {
  it("are not read while they do not read their replies", async () => {
    const { url } = await startTestNode();
    const socket = await TestSocket.open(url);
    await socket.messages(2);
    socket.webSocket.pause();
    const ping = JSON.stringify({ op: "ping", text: "x".repeat(60_000) });
    let sent = 0;
    // Send until the socket buffers are full: the node must not read any further.
    for (let waits = 0; waits < 10; ) {
      if (socket.webSocket.bufferedAmount > 1_000_000) {
        const before = socket.webSocket.bufferedAmount;
        await new Promise((resolve) => setTimeout(resolve, 20));
        waits = socket.webSocket.bufferedAmount < before ? 0 : waits + 1;
      } else {
        socket.send(ping);
        sent += 1;
      }
    }
    const taken = sent * ping.length - socket.webSocket.bufferedAmount;
    expect(taken).toBeLessThan(40_000_000);
    socket.webSocket.resume();
    await socket.messages(2 + sent);
    expect(await sendRequest(`${url}/stats`)).toMatchObject({ status: 200 });
  });

  it("that do not read events are disconnected", async () => {
    const node = await startTestNode({ webSocket: { maxQueuedBytes: 100_000 } });
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "play", guildId, track: "x" });
    await socket.settle();
    socket.webSocket.pause();
    const updates = setInterval(() => {
      for (let count = 0; count < 1_000; count++) node.players.emitUpdate("1", guildId);
    }, 10);
    onTestFinished(() => clearInterval(updates));
    await waitForSocketCount(node, 0);
  });

  it("that do not answer pings are disconnected, others stay connected", async () => {
    const node = await startTestNode({ webSocket: { pingIntervalMs: 500 } });
    // Node and client share a thread, which answers no ping while it is blocked for an interval.
    const alive = await TestSocket.open(node.url);
    const dead = await TestSocket.open(node.url);
    dead.webSocket.pause();
    await waitForSocketCount(node, 1);
    await alive.settle();
  });

  it("enforce their limit", async () => {
    const { url } = await startTestNode({ webSocket: { maxSockets: 1 } });
    await TestSocket.open(url);
    expect(await sendRefusedHandshake(`${url}/websocket`, { headers })).toMatchObject({
      status: 503,
      body: { code: 503, message: "Too many WebSockets" },
    });
  });

  it("survive a reply too deep to serialize", async () => {
    const { url } = await startTestNode();
    const socket = await TestSocket.open(url);
    socket.send(`{"op":"ping","deep":${"[".repeat(60_000)}${"]".repeat(60_000)}}`);
    socket.send(`{"op":"mixer","guildId":"1","players":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`);
    await socket.settle();
  });

  it("are closed with 1001 when the node shuts down", async () => {
    const { url, node } = await startTestNode();
    const socket = await TestSocket.open(url);
    await node.close();
    expect(await socket.closed()).toEqual({ code: 1001, reason: "The node is shutting down" });
  });
});
