// Reverse proxies that report the addresses of clients.

import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { AsterServerOptions, ProxyOptions } from "@asterite/aster-server";
import { type ConnectOptions, LineClient, type PacketClient, WebSocketClient } from "@asterite/testkit";
import { type Logger, silentLogger } from "@asterite/util";
import { describe, expect, it, onTestFinished } from "vitest";
import { proxyHeaderFor, startHeaderProxy } from "../support/header-proxy.ts";
import { ask, framings, register, startServer } from "../support/server.ts";

const loopback = ["127.0.0.1"];

/** Starts a server on which each address may have one connection and register one account. */
const startWith = (proxies: ProxyOptions | undefined, options: Partial<AsterServerOptions> = {}) =>
  startServer({
    ...(proxies && { proxies }),
    plainPort: 0,
    ...options,
    capacity: { connectionsPerAddress: 1, registrationsPerHour: 1, ...options.capacity },
  });

async function open(
  framing: "lines" | "websocket",
  options: ConnectOptions & { readonly headers?: Record<string, string> },
): Promise<PacketClient> {
  const all = { insecure: true, ...options };
  const client = await (framing === "lines" ? LineClient.connect(all) : WebSocketClient.connect(all));
  onTestFinished(() => client.close());
  return client;
}

/** Returns whether a new connection is served. */
async function isServed(opening: Promise<PacketClient>): Promise<boolean> {
  try {
    const client = await opening;
    return (await ask(client, "ping")).reply.command === "ping";
  } catch {
    return false;
  }
}

/** Sends bytes and returns whether the server closes the connection without a byte of its own. */
const isRefused = (port: number, bytes: Buffer | string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
    });
    socket.on("error", () => {}).on("close", () => resolve(received === 0));
    onTestFinished(() => void socket.destroy());
  });

describe.each(["TLS", "plain text"] as const)("the PROXY protocol over %s", (security) => {
  const plaintext = security === "plain text";
  const trusted = { networks: loopback, header: "proxy-protocol" } as const;

  async function start({ proxies = trusted, ...options }: Partial<AsterServerOptions> = {}) {
    const tls = plaintext ? "insecure-plaintext" : "ephemeral";
    const server = await startWith(proxies, { tls, ...options });
    const { port } = server;
    const via = (header: Buffer) => startHeaderProxy(port, () => header);
    return { port, via };
  }

  it.each(framings)("gives each client of a proxy limits of its own: %s", async (framing) => {
    const { via } = await start();
    const ports = [await via(proxyHeaderFor("192.0.2.1")), await via(proxyHeaderFor("192.0.2.2"))];
    const clients: PacketClient[] = [];
    for (const port of ports) clients.push(await open(framing, { port, plaintext }));
    for (const [index, client] of clients.entries()) await register(client, `user ${index}`);
    // The second connection of an address that has one.
    expect(await isServed(open(framing, { port: ports[0] ?? 0, plaintext, timeoutMs: 2000 }))).toBe(false);
    await clients[0]?.close();
    await expect
      .poll(() => isServed(open(framing, { port: ports[0] ?? 0, plaintext, timeoutMs: 2000 })))
      .toBe(true);
  });

  it("counts registrations by the address of the client", async () => {
    const { via } = await start({ capacity: { connectionsPerAddress: 9 } });
    const [one, other] = [await via(proxyHeaderFor("192.0.2.1")), await via(proxyHeaderFor("192.0.2.2"))];
    const statusAt = async (port: number, uname: string) => {
      const client = await open("lines", { port, plaintext });
      return (await ask(client, "register", { uname, passwd: "secret" })).reply.status;
    };
    expect(await statusAt(one, "ann")).toBe(200);
    expect(await statusAt(one, "bob")).not.toBe(200);
    expect(await statusAt(other, "cid")).toBe(200);
  });

  it("reads a header that arrives byte by byte, or together with the first request", async () => {
    const { port } = await start();
    const ping = '{"command":"ping"}\n';
    const header = proxyHeaderFor("192.0.2.1");
    const whole = connect({ port, host: "127.0.0.1", noDelay: true });
    const slow = connect({ port, host: "127.0.0.1", noDelay: true });
    if (plaintext) whole.write(Buffer.concat([header, Buffer.from(ping)]));
    else whole.write(header);
    for (const byte of proxyHeaderFor("192.0.2.2")) {
      slow.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (plaintext) slow.write(ping);
    for (const socket of [whole, slow]) {
      onTestFinished(() => void socket.destroy());
      const stream = plaintext ? socket : connectTls({ socket, rejectUnauthorized: false });
      if (!plaintext) stream.write(ping);
      let text = "";
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      await expect.poll(() => text).toContain('"ping"');
    }
  });

  it("refuses proxies without a header, with a wrong one or an unfinished one", async () => {
    const { port } = await start({ connection: { handshakeTimeoutMs: 300 } });
    for (const bytes of ['{"command":"ping"}\n', "GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 nonsense\r\n"]) {
      expect(await isRefused(port, bytes)).toBe(true);
    }
    expect(await isRefused(port, proxyHeaderFor("192.0.2.1").subarray(0, 20))).toBe(true);
    expect(await isRefused(port, "")).toBe(true);
  });

  it("counts a health check of the proxy for the proxy", async () => {
    const { via } = await start();
    const check = await via(Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex"));
    expect(await isServed(open("lines", { port: check, plaintext }))).toBe(true);
  });

  it("refuses the header of others", async () => {
    for (const networks of [[], ["192.0.2.0/24"]]) {
      const { port, via } = await start({ proxies: { networks, header: "proxy-protocol" } });
      const forged = await via(proxyHeaderFor("203.0.113.1"));
      expect(await isServed(open("lines", { port: forged, plaintext, timeoutMs: 2000 }))).toBe(false);
      await expect.poll(() => isServed(open("lines", { port, plaintext, timeoutMs: 2000 }))).toBe(true);
    }
  });

  it("names the client in the log", async () => {
    const lines: string[] = [];
    const logger: Logger = { ...silentLogger, info: (fields) => void lines.push(JSON.stringify(fields)) };
    const debug: Logger["debug"] = (fields) => void lines.push(JSON.stringify(fields));
    const { via } = await start({ logger: { ...logger, debug } });
    const client = await open("lines", { port: await via(proxyHeaderFor("192.0.2.77")), plaintext });
    expect((await ask(client, "login", { uname: "nobody", passwd: "wrong" })).reply.status).toBe(404);
    expect(lines.join("\n")).toContain("192.0.2.77");
  });

  it("ignores HTTP headers, which come from the client", async () => {
    const { via } = await start();
    const port = await via(proxyHeaderFor("192.0.2.1"));
    const headers = { "x-forwarded-for": "203.0.113.1", forwarded: "for=203.0.113.2" };
    await open("websocket", { port, plaintext, headers });
    expect(await isServed(open("websocket", { port, plaintext, headers, timeoutMs: 2000 }))).toBe(false);
  });
});

it("is neither required nor read on the port for programs of this machine", async () => {
  const { plainPort = 0 } = await startWith({ networks: loopback, header: "proxy-protocol" });
  const via = await startHeaderProxy(plainPort, () => proxyHeaderFor("192.0.2.1"));
  expect(await isServed(open("lines", { port: via, plaintext: true, timeoutMs: 2000 }))).toBe(false);
  await expect.poll(() => isServed(open("lines", { port: plainPort, plaintext: true }))).toBe(true);
});

describe("HTTP headers of proxies", () => {
  const proxies = { networks: loopback };

  it.each([
    ["x-forwarded-for", "203.0.113.9, 192.0.2.1", "203.0.113.9, 192.0.2.2"],
    ["forwarded", "for=203.0.113.9, for=192.0.2.1;proto=https", 'for=203.0.113.9, for="192.0.2.2:80"'],
  ] as const)("give each client limits of its own: %s", async (header, first, second) => {
    const { port } = await startWith({ networks: loopback, header });
    const [one, other] = [
      await open("websocket", { port, headers: { [header]: first } }),
      await open("websocket", { port, headers: { [header]: second } }),
    ];
    await register(one, "ann");
    await register(other, "bob");
    const again = () => isServed(open("websocket", { port, headers: { [header]: first }, timeoutMs: 2000 }));
    expect(await again()).toBe(false);
    await one.close();
    await expect.poll(again).toBe(true);
  });

  it("are not read from others, nor the header that is not configured", async () => {
    const forged = (port: number, name: string, count: number) =>
      isServed(open("websocket", { port, headers: { [name]: `192.0.2.${count}` }, timeoutMs: 2000 }));
    const others = await startWith({ networks: ["192.0.2.0/24"] });
    expect(await forged(others.port, "x-forwarded-for", 1)).toBe(true);
    expect(await forged(others.port, "x-forwarded-for", 2)).toBe(false);
    const { port } = await startWith(proxies);
    expect(await forged(port, "forwarded", 1)).toBe(true);
    expect(await forged(port, "forwarded", 2)).toBe(false);
  });

  it("are passed to the handler of pages, for a direct client that of its connection", async () => {
    const seen: string[] = [];
    const pages: AsterServerOptions["pages"] = (_request, response, address) => {
      seen.push(address);
      response.end();
    };
    const { plainPort } = await startWith(proxies, { pages });
    const { plainPort: direct } = await startWith(undefined, { pages });
    const headers = { "x-forwarded-for": "203.0.113.1, 2001:db8::7" };
    await fetch(`http://127.0.0.1:${plainPort}/`, { headers });
    await fetch(`http://127.0.0.1:${direct}/`, { headers });
    expect(seen).toEqual(["2001:db8::7", "127.0.0.1"]);
  });

  it("are counted for each page request", async () => {
    const finish = Promise.withResolvers<void>();
    const { plainPort } = await startWith(proxies, {
      pages: (_request, response) => {
        response.writeHead(200).flushHeaders();
        void finish.promise.then(() => response.end());
      },
    });
    const status = async (client: string): Promise<number> => {
      const url = `http://127.0.0.1:${plainPort}/`;
      return (await fetch(url, { headers: { "x-forwarded-for": client } })).status;
    };
    expect([await status("192.0.2.1"), await status("192.0.2.2"), await status("192.0.2.1")]).toEqual([
      200, 200, 429,
    ]);
    finish.resolve();
    await expect.poll(() => status("192.0.2.1")).toBe(200);
  });

  it("leave lines to the address of the proxy", async () => {
    const { port } = await startWith(proxies);
    expect(await isServed(open("lines", { port }))).toBe(true);
    expect(await isServed(open("lines", { port, timeoutMs: 2000 }))).toBe(false);
  });
});
