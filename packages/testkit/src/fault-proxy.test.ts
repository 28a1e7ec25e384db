import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import * as tls from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAuthority } from "./certificates.ts";
import type { Fault } from "./fault.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { settled } from "./settled.ts";

/** A socket that records the received bytes and its end. */
class Peer {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  received = Buffer.alloc(0);
  ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    let ending = "end";
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      ending = error.code ?? error.message;
      // Node leaves a TLS socket open after a bad record.
      socket.destroy();
    });
    this.closed = new Promise((resolve) => socket.once("close", () => resolve(ending)));
  }

  async until(length: number): Promise<Buffer> {
    while (this.received.length < length) await once(this.socket, "data");
    return this.received;
  }
}

let server: Server;
let proxy: FaultProxy;
let atServer: Peer[];
let atClient: Peer[];

beforeEach(async () => {
  atServer = [];
  atClient = [];
  server = createServer((socket) => {
    atServer.push(new Peer(socket));
    socket.on("data", (chunk) => socket.write(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await FaultProxy.start({ port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.close();
  for (const { socket } of [...atClient, ...atServer]) socket.destroy();
  server.close();
});

async function dial(): Promise<Peer> {
  const peer = new Peer(connect(proxy.port, proxy.host));
  atClient.push(peer);
  await once(peer.socket, "connect");
  return peer;
}

/** Returns both ends of a connection after one round trip. */
async function dialThrough(): Promise<{ client: Peer; other: Peer }> {
  const client = await dial();
  client.socket.write("?");
  await client.until(1);
  client.received = Buffer.alloc(0);
  const other = atServer.at(-1);
  if (!other) throw new Error("the server saw no connection");
  other.received = Buffer.alloc(0);
  return { client, other };
}

const bytes = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, index) => index * 7));

const flippedBits = (before: Buffer, after: Buffer) =>
  [...before].flatMap((byte, offset) => {
    const difference = byte ^ (after[offset] ?? 0);
    const bits = [...difference.toString(2)].filter((bit) => bit === "1").length;
    return bits > 0 ? [{ offset, bits }] : [];
  });

describe("a proxy without faults", () => {
  it("passes all bytes on and counts them", async () => {
    const sent = bytes(1_000_000);
    const [first, second] = [await dial(), await dial()];
    first.socket.write(sent);
    second.socket.write("short");
    expect((await first.until(sent.length)).equals(sent)).toBe(true);
    expect((await second.until(5)).toString()).toBe("short");
    const both = { received: 1_000_005, passed: 1_000_005 };
    await expect
      .poll(() => proxy.counts)
      .toEqual({ accepted: 2, refused: 0, open: 2, toServer: both, toClient: both });
  });

  it("passes on the end of one direction, and forgets ended connections", async () => {
    const answering = createServer({ allowHalfOpen: true }, (socket) => {
      socket.resume().once("end", () => socket.end("answer"));
    });
    answering.listen(0, "127.0.0.1");
    await once(answering, "listening");
    proxy.target = { port: (answering.address() as AddressInfo).port };
    const client = await dial();
    client.socket.end("question");
    expect((await client.until(6)).toString()).toBe("answer");
    answering.close();
    expect(await client.closed).toBe("end");
    await expect.poll(() => proxy.counts.open).toBe(0);
  });

  it("passes on a reset", async () => {
    const { client, other } = await dialThrough();
    other.socket.resetAndDestroy();
    expect(await client.closed).toBe("ECONNRESET");
    const again = await dialThrough();
    again.client.socket.resetAndDestroy();
    expect(await again.other.closed).toBe("ECONNRESET");
  });

  it("resets the client while the server is unreachable, and connects to a new target", async () => {
    const { target } = proxy;
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    proxy.target = { port: (closed.address() as AddressInfo).port };
    closed.close();
    await once(closed, "close");
    expect(await (await dial()).closed).toBe("ECONNRESET");
    proxy.target = target;
    await dialThrough();
  });

  it("passes TLS through", async () => {
    const certificate = await (await createAuthority()).issue();
    const secure = tls.createServer({ cert: certificate.cert, key: certificate.key }, (socket) => {
      socket.on("error", () => socket.destroy());
      socket.pipe(socket);
    });
    secure.listen(0, "127.0.0.1");
    await once(secure, "listening");
    proxy.target = { port: (secure.address() as AddressInfo).port };
    const client = new Peer(tls.connect({ host: proxy.host, port: proxy.port, ca: certificate.ca }));
    await once(client.socket, "secureConnect");
    client.socket.write("secret");
    expect((await client.until(6)).toString()).toBe("secret");
    // TLS detects the corruption, TCP does not.
    // The first five bytes are the record's header; a larger length in it would only make the reader wait.
    proxy.inject({ type: "corrupt", direction: "toClient", offset: 5 });
    client.socket.write("secret");
    expect(await client.closed).toMatch(/^ERR_SSL_/);
    secure.close();
  });
});

describe("cut", () => {
  it.each([
    ["reset", "ECONNRESET"],
    ["end", "end"],
  ] as const)("by %s is seen at both ends, and new connections work", async (ending, seen) => {
    const pairs = [await dialThrough(), await dialThrough()];
    proxy.cut(ending);
    for (const { client, other } of pairs) {
      expect([await client.closed, await other.closed]).toEqual([seen, seen]);
    }
    await expect.poll(() => proxy.counts.open).toBe(0);
    await dialThrough();
  });

  it("ends stalled connections", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "stall" });
    client.socket.write("lost");
    await expect.poll(() => proxy.counts.toServer.received).toBe(5);
    proxy.cut("end");
    expect([await client.closed, await other.closed]).toEqual(["end", "end"]);
    expect(other.received.toString()).toBe("");
  });

  it.each([0, 1, 70_000, 70_001])(
    "happens after %d bytes on each connection with cutAfter",
    async (count) => {
      const before = await dialThrough();
      proxy.inject({ type: "cutAfter", direction: "toServer", bytes: count, ending: "end" });
      const after = { client: await dial() };
      const sent = bytes(100_000);
      before.client.socket.write(sent);
      after.client.socket.write(sent);
      await Promise.all([before.client.closed, before.other.closed, after.client.closed]);
      await expect.poll(() => atServer.map(({ ended }) => ended)).toEqual([true, true]);
      for (const { received } of atServer) expect(received.equals(sent.subarray(0, count))).toBe(true);
    },
  );

  it("resets by default with cutAfter", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "cutAfter", direction: "toClient", bytes: 10 });
    client.socket.write(bytes(9));
    await client.until(9);
    client.socket.write(bytes(9));
    expect([await client.closed, await other.closed]).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(client.received.length).toBeLessThanOrEqual(10);
  });
});

describe("stall", () => {
  it("holds all bytes and then passes them on, including the end", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "stall", direction: "toServer" });
    client.socket.end("held back");
    // The other direction still works, so the bytes would have arrived by now.
    other.socket.write("hello");
    await client.until(5);
    await settled(() => other.received.length);
    expect([other.received.length, other.ended]).toEqual([0, false]);
    proxy.heal();
    expect((await other.until(9)).toString()).toBe("held back");
    await other.closed;
  });

  it("holds back an end without bytes", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "stall" });
    client.socket.end();
    await settled(() => (other.ended ? 1 : 0));
    expect(other.ended).toBe(false);
    proxy.heal();
    expect([await client.closed, await other.closed]).toEqual(["end", "end"]);
  });

  it("hides a crash until it is healed", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "stall" });
    client.socket.resetAndDestroy();
    await client.closed;
    await settled(() => proxy.counts.open);
    expect(other.socket.destroyed).toBe(false);
    proxy.heal();
    expect(await other.closed).toBe("ECONNRESET");
  });

  it("accepts connections and leaves them unanswered", async () => {
    proxy.inject({ type: "stall" });
    const client = await dial();
    client.socket.write("anyone?");
    await settled(() => client.received.length);
    expect(client.received.length).toBe(0);
    proxy.heal("toServer");
    await expect.poll(() => atServer[0]?.received.toString()).toBe("anyone?");
    expect(client.received.length).toBe(0);
    proxy.heal("toClient");
    expect((await client.until(7)).toString()).toBe("anyone?");
  });

  it("applies back-pressure and buffers little", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "stall", direction: "toServer" });
    const sent = Buffer.alloc(64 * 1024 * 1024, "x");
    client.socket.write(sent);
    expect(await settled(() => proxy.counts.toServer.received)).toBeLessThanOrEqual(256 * 1024);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(other.received.length).toBe(0);
    // Counting is enough here: joining and echoing this much is only slow.
    let count = 0;
    other.socket.removeAllListeners("data").on("data", (chunk) => {
      count += chunk.length;
    });
    proxy.heal();
    await expect.poll(() => count, { timeout: 15_000 }).toBe(sent.length);
  });
});

it("the proxy passes the back-pressure of a slow receiver on", async () => {
  const { client, other } = await dialThrough();
  other.socket.pause();
  client.socket.write(Buffer.alloc(64 * 1024 * 1024));
  const received = await settled(() => proxy.counts.toServer.received);
  expect(client.socket.writableLength).toBeGreaterThan(0);
  const { passed } = proxy.counts.toServer;
  expect(received - passed).toBeLessThanOrEqual(256 * 1024);
});

describe("drop", () => {
  it("discards bytes while it is active", async () => {
    const { client, other } = await dialThrough();
    proxy.inject({ type: "drop", direction: "toServer" });
    client.socket.write("lost");
    await expect.poll(() => proxy.counts.toServer).toEqual({ received: 5, passed: 1 });
    proxy.heal("toServer");
    client.socket.write("kept");
    expect((await other.until(4)).toString()).toBe("kept");
  });
});

describe("corrupt", () => {
  it.each([0, 12_345, 99_999])("flips one bit of the byte at %d", async (offset) => {
    const { client } = await dialThrough();
    proxy.inject({ type: "corrupt", direction: "toServer", offset });
    const sent = bytes(100_000);
    client.socket.write(sent);
    client.socket.write(sent);
    expect(flippedBits(Buffer.concat([sent, sent]), await client.until(200_000))).toEqual([
      { offset, bits: 1 },
    ]);
  });

  it("flips the same random bit for the same seed, on every connection", async () => {
    const sent = bytes(1000);
    const damage = async (fault: Fault, client: Peer) => {
      client.received = Buffer.alloc(0);
      proxy.inject(fault);
      client.socket.write(sent);
      const received = await client.until(sent.length);
      expect(flippedBits(sent, received)).toEqual([{ offset: expect.any(Number), bits: 1 }]);
      return received.toString("hex");
    };
    const fault = { type: "corrupt", direction: "toClient", seed: 5 } as const;
    const [one, two] = [(await dialThrough()).client, (await dialThrough()).client];
    const first = await damage(fault, one);
    expect(await damage(fault, two)).toBe(first);
    expect(await damage({ ...fault, seed: 6 }, one)).not.toBe(first);
  });
});

describe("slow", () => {
  it("limits the rate", async () => {
    const { client } = await dialThrough();
    proxy.inject({ type: "slow", direction: "toServer", bytesPerSecond: 20_000 });
    const sent = bytes(6000);
    const startMs = performance.now();
    client.socket.write(sent.subarray(0, 10));
    client.socket.write(sent.subarray(10));
    expect((await client.until(6000)).equals(sent)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual((6000 / 20_000) * 1000);
  });

  it("delays each chunk", async () => {
    const { client } = await dialThrough();
    proxy.inject({ type: "delay", delayMs: 60 });
    const startMs = performance.now();
    client.socket.write("there and back");
    await client.until(14);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(120);
  });

  it.each([
    { type: "slow", bytesPerSecond: 0.001 },
    { type: "delay", delayMs: 1e9 },
  ] as const)("of kind $kind is over when healed", async (fault) => {
    const { client } = await dialThrough();
    proxy.inject(fault);
    client.socket.write("waiting");
    await expect.poll(() => proxy.counts.toServer.received).toBe(8);
    proxy.heal();
    expect((await client.until(7)).toString()).toBe("waiting");
  });
});

describe("refuse", () => {
  it("resets new connections only", async () => {
    const { client } = await dialThrough();
    proxy.inject({ type: "refuse" });
    const refused = new Peer(connect(proxy.port, proxy.host));
    expect(await refused.closed).toBe("ECONNRESET");
    client.socket.write("still here");
    await client.until(10);
    expect(proxy.counts).toMatchObject({ accepted: 1, refused: 1, open: 1 });
    expect(atServer).toHaveLength(1);
    proxy.heal();
    await dialThrough();
  });
});

describe("closing a proxy", () => {
  const states: readonly (Fault | undefined)[] = [
    undefined,
    { type: "stall" },
    { type: "slow", bytesPerSecond: 1 },
    { type: "delay", delayMs: 1e9 },
  ];
  it.each(states)("leaves no socket or timer with %j", async (fault) => {
    const { client, other } = await dialThrough();
    // A server that does not read leaves the proxy with a write in flight.
    other.socket.pause();
    if (fault) proxy.inject(fault);
    client.socket.write(Buffer.alloc(16 * 1024 * 1024));
    await settled(() => proxy.counts.toServer.received);
    await Promise.all([proxy.close(), proxy.close()]);
    expect(proxy.counts.open).toBe(0);
    expect(await client.closed).toMatch(/ECONNRESET|EPIPE/);
    const late = new Peer(connect(proxy.port, proxy.host));
    expect(await late.closed).toBe("ECONNREFUSED");
    other.socket.resume();
    await other.closed;
  });

  it("leaves no socket while an end is passed on", async () => {
    const { client, other } = await dialThrough();
    proxy.cut("end");
    await proxy.close();
    expect(proxy.counts.open).toBe(0);
    expect([await client.closed, await other.closed]).toEqual(["end", "end"]);
  });
});
