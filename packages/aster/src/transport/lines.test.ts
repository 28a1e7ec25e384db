import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLines } from "./lines.ts";
import type { Transport } from "./transport.ts";

let server: Server;
let peer: Socket;
let transport: Transport;
let received: string[];
let closed: Promise<Error | undefined>;

const never = new AbortController().signal;
const targetOf = (port: number, packetBytes: number) =>
  ({ host: "127.0.0.1", port, framing: "lines", tls: false, packetBytes }) as const;

async function open(packetBytes = 1000): Promise<void> {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  received = [];
  const end = Promise.withResolvers<Error | undefined>();
  closed = end.promise;
  transport = await openLines(
    targetOf(port, packetBytes),
    { received: (text) => received.push(text), closed: end.resolve },
    never,
  );
  [peer] = await accepted;
  peer.on("error", () => {});
}

beforeEach(() => open());

afterEach(async () => {
  transport.destroy();
  await closed;
  peer.destroy();
  server.close();
});

it("joins lines from chunks that are split anywhere, even within a character", async () => {
  peer.setNoDelay(true);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      async (texts, cuts) => {
        received.length = 0;
        const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, "").toWellFormed());
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const offsets = [...new Set([0, ...cuts, bytes.length])].filter((offset) => offset <= bytes.length);
        const sorted = offsets.sort((one, other) => one - other);
        for (let index = 1; index < sorted.length; index++) {
          peer.write(bytes.subarray(sorted[index - 1], sorted[index]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await expect.poll(() => received.length, { interval: 1 }).toBe(lines.length);
        expect(received).toEqual(lines);
      },
    ),
    { numRuns: 50 },
  );
});

it("accepts a line of exactly the limit and closes on a longer one, complete or not", async () => {
  peer.write(`${"é".repeat(500)}\n`);
  await expect.poll(() => received).toEqual(["é".repeat(500)]);
  peer.write(`${"x".repeat(1001)}\n`);
  expect(await closed).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  transport.destroy();
  await open();
  peer.write("x".repeat(1001));
  expect(await closed).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  expect(received).toEqual([]);
});

it("sends lines in order, and delivers those sent before closing", async () => {
  let text = "";
  peer.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const ended = once(peer, "end");
  transport.send('{"a":1}');
  transport.send('{"b":"ü"}');
  transport.close();
  await ended;
  peer.end();
  expect(text).toBe('{"a":1}\n{"b":"ü"}\n');
  expect(await closed).toBeUndefined();
  transport.send("too late");
});

it("reports the end of the connection and its cause", async () => {
  peer.write("{}\n");
  await expect.poll(() => received).toEqual(["{}"]);
  peer.resetAndDestroy();
  expect(await closed).toMatchObject({ code: "ECONNRESET" });
});

it("names a likely cause when the server closes before it sent anything", async () => {
  peer.resetAndDestroy();
  const error = await closed;
  expect(error).toMatchObject({ code: "CONNECT_FAILED", cause: { code: "ECONNRESET" } });
  expect(error?.message).toMatch(/before it sent anything; if it uses TLS on this port, remove tls: false/);
});

it("stops connecting when aborted", async () => {
  const { port } = server.address() as AddressInfo;
  const events = { received: () => {}, closed: () => {} };
  const early = AbortSignal.abort(new Error("early"));
  await expect(openLines(targetOf(port, 1000), events, early)).rejects.toThrow("early");
  const abort = new AbortController();
  const opening = openLines({ ...targetOf(port, 1000), tls: {} }, events, abort.signal);
  abort.abort(new Error("enough"));
  await expect(opening).rejects.toThrow("enough");
});
