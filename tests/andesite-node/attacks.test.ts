import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, refusedHandshake, startTestNode, TestSocket, untilSockets } from "../support/andesite-node.ts";

const guildId = "81384788765712384";
const headers = { "User-Id": "1" };

function openRaw(url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Everything that comes until the other side ends. */
async function toEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  // An end in the middle of a write is an end too.
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
  ])("does not wait for slow %s", async (_name, http, start) => {
    const { url } = await startTestNode({ http });
    const socket = openRaw(url);
    socket.write(start);
    const answer = await toEnd(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("Andesite-Node-Id: unknown");
    expect(answer).toContain('{"code":408,"message":"Request Timeout"}');
  });

  it("refuses giant headers, and what is no HTTP", async () => {
    const { url } = await startTestNode();
    const giant = openRaw(url);
    giant.write(`GET /stats HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(await toEnd(giant)).toMatch(/^HTTP\/1\.1 431 [\s\S]*Andesite-Version: /);
    const garbage = openRaw(url);
    garbage.write("hello\r\n\r\n");
    expect(await toEnd(garbage)).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"code":400,"message":"Bad Request"\}$/);
  });

  it("reads ten thousand subprotocols once", async () => {
    const { url } = await startTestNode({ password: "x", http: { maxHeaderBytes: 1_048_576 } });
    const items = Array.from({ length: 10_000 }, (_, index) => `andesite-passwor:${index}`);
    const all = { ...headers, "Sec-WebSocket-Protocol": [...items, "andesite-password:y"].join(", ") };
    expect(await refusedHandshake(`${url}/websocket`, { headers: all })).toMatchObject({ status: 401 });
  });

  it("cuts a body without end", async () => {
    const { url } = await startTestNode();
    const socket = openRaw(url);
    socket.write("POST /decodetrack HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const send = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", send);
    send();
    expect(await toEnd(socket)).toMatch(/^(?:HTTP\/1\.1 413 [\s\S]*)?$/);
    expect(await ask(`${url}/stats`)).toMatchObject({ status: 200 });
  });

  it("has room for so many connections and not one more", async () => {
    const { url } = await startTestNode({ http: { maxConnections: 1 } });
    const first = openRaw(url);
    await once(first, "connect");
    first.write("GET /stats HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(first, "data");
    expect(await toEnd(openRaw(url))).toBe("");
  });

  it("treats a request that wants to become something else as an ordinary one", async () => {
    const { url } = await startTestNode();
    const socket = openRaw(url);
    socket.write(
      "GET /stats HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );
    expect(await toEnd(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("pages in browsers", () => {
  it("of any origin may use a node with a password, which they have to know", async () => {
    const { url } = await startTestNode({ password: "x" });
    const origin = { Origin: "https://player.example.org" };
    const answer = await ask(`${url}/stats?password=x`, { headers: origin });
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

  it("from elsewhere may not use one that has none and trusts the loopback", async () => {
    const { url } = await startTestNode();
    const from = (origin: string) => ask(`${url}/stats`, { headers: { Origin: origin } });
    expect(await from("https://player.example.org")).toMatchObject({ status: 403, body: { code: 403 } });
    expect(await from("null")).toMatchObject({ status: 403 });
    expect(await from("http://127.0.0.1.example.org")).toMatchObject({ status: 403 });
    expect(await from("http://localhost:8080")).toMatchObject({ status: 200 });
    expect(await from("http://[::1]:8080")).toMatchObject({ status: 200 });
    const elsewhere = { ...headers, Origin: "https://player.example.org" };
    expect(await refusedHandshake(`${url}/websocket`, { headers: elsewhere })).toMatchObject({ status: 403 });
    const open = await startTestNode({ open: true });
    expect(await ask(`${open.url}/stats`, { headers: elsewhere })).toMatchObject({ status: 200 });
  });
});

describe("WebSockets", () => {
  it("stop to be read while their answers are not", async () => {
    const { url } = await startTestNode();
    const socket = await TestSocket.open(url);
    await socket.messages(2);
    socket.webSocket.pause();
    const ping = JSON.stringify({ op: "ping", text: "x".repeat(60_000) });
    let sent = 0;
    // Until the network takes no more: the node holds what it has read, and no more.
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
    expect(await ask(`${url}/stats`)).toMatchObject({ status: 200 });
  });

  it("that read no events are cut", async () => {
    const node = await startTestNode({ webSocket: { maxQueuedBytes: 100_000 } });
    const socket = await TestSocket.open(node.url);
    socket.send({ op: "play", guildId, track: "x" });
    await socket.settle();
    socket.webSocket.pause();
    const updates = setInterval(() => {
      for (let count = 0; count < 1_000; count++) node.players.emitUpdate("1", guildId);
    }, 10);
    onTestFinished(() => clearInterval(updates));
    await untilSockets(node, 0);
  });

  it("that do not answer pings are cut, the others stay", async () => {
    const node = await startTestNode({ webSocket: { pingIntervalMs: 500 } });
    // Node and client share a thread here, and one that stands still for an interval answers no ping in it.
    const alive = await TestSocket.open(node.url);
    const dead = await TestSocket.open(node.url);
    dead.webSocket.pause();
    await untilSockets(node, 1);
    await alive.settle();
  });

  it("have room for so many and not one more", async () => {
    const { url } = await startTestNode({ webSocket: { maxSockets: 1 } });
    await TestSocket.open(url);
    expect(await refusedHandshake(`${url}/websocket`, { headers })).toMatchObject({
      status: 503,
      body: { code: 503, message: "Too many WebSockets" },
    });
  });

  it("survive an answer too deep to be written", async () => {
    const { url } = await startTestNode();
    const socket = await TestSocket.open(url);
    socket.send(`{"op":"ping","deep":${"[".repeat(60_000)}${"]".repeat(60_000)}}`);
    socket.send(`{"op":"mixer","guildId":"1","players":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`);
    await socket.settle();
  });

  it("are told when the node stops", async () => {
    const { url, node } = await startTestNode();
    const socket = await TestSocket.open(url);
    await node.close();
    expect(await socket.closed()).toEqual({ code: 1001, reason: "The node is shutting down" });
  });
});
