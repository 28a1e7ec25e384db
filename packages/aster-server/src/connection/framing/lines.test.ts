import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { LineFraming } from "./lines.ts";

const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
afterAll(() => server.close());

/** Sends chunks through a real socket and returns the events of the framing. */
async function frame(chunks: readonly Buffer[], maxLineBytes = 1000): Promise<string[]> {
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = createConnection(port, "127.0.0.1");
  const [socket] = await accepted;
  const events: string[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const framing = new LineFraming(
    socket,
    {
      maxMessageBytes: maxLineBytes,
      isLimitPending: false,
      resizeUnfinished: () => {},
      countFrames: () => {},
      sendControl: () => {},
      handleRequest: (text) => events.push(text),
      handleEnd: () => {
        events.push("<ended>");
        resolve();
      },
      handleFramingError: (reason) => {
        events.push(`<${reason}>`);
        resolve();
      },
    },
    60_000,
  );
  const [first = Buffer.alloc(0), ...rest] = chunks;
  framing.start(first);
  for (const chunk of rest) client.write(chunk);
  client.end();
  await over;
  framing.end();
  client.destroy();
  return events;
}

const bytes = (text: string) => Buffer.from(text);

it("splits lines at newlines and drops a carriage return before one", async () => {
  expect(await frame([bytes('{"a":1}\r\n{"b":2}\n\n')])).toEqual(['{"a":1}', '{"b":2}', "", "<ended>"]);
});

it("treats a last line without a newline as a request", async () => {
  expect(await frame([bytes("one\ntwo")])).toEqual(["one", "two", "<ended>"]);
});

it("emits the same lines however the bytes are split into chunks", async () => {
  const line = fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !/[\r\n]/.test(text));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(300)),
      async (lines, cuts) => {
        const whole = bytes(lines.map((text) => `${text}\n`).join(""));
        const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(await frame(chunks)).toEqual([...lines.map((text) => text.toWellFormed()), "<ended>"]);
      },
    ),
    { numRuns: 50 },
  );
});

it("fails at invalid UTF-8, after the lines before it", async () => {
  expect(await frame([Buffer.from([0x7b, 0x0a, 0xff, 0xfe, 0x0a, 0x7b, 0x0a])])).toEqual([
    "{",
    "<invalid UTF-8>",
  ]);
});

it("emits an empty request for a line that is too long and fails, whether it is complete or not", async () => {
  const long = Buffer.alloc(101, "x");
  expect(await frame([long], 100)).toEqual(["", "<line too long>"]);
  expect(await frame([Buffer.concat([long, bytes("\nnext\n")])], 100)).toEqual(["", "<line too long>"]);
  expect(await frame([Buffer.concat([long.subarray(1), bytes("\n")])], 100)).toEqual([
    "x".repeat(100),
    "<ended>",
  ]);
});
