import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { Connection } from "./connection.ts";
import { openContext } from "./context.ts";
import type { Framing } from "./framing/framing.ts";
import { silentLogger } from "./logger.ts";
import { push } from "./outgoing.ts";

/** A peer without system buffers in between: takes everything at once, or nothing. */
class Peer extends Duplex {
  isStalled = false;
  lines = 0;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.lines += chunk.toString().split("\n").length - 1;
    if (!this.isStalled) done();
  }

  setTimeout(): this {
    return this;
  }
}

async function connect(queuedBytes: number): Promise<{ connection: Connection; peer: Peer }> {
  const context = await openContext({ database: ":memory:", connection: { queuedBytes } }, silentLogger);
  onTestFinished(() => context.store.close());
  const peer = new Peer();
  // Of a socket, a connection only uses what this stream has.
  const connection = new Connection(peer as unknown as Socket, context);
  const framing: Framing = {
    kind: "lines",
    encode: (packet) => packet.line(),
    pause: () => {},
    resume: () => {},
    end: () => {},
  };
  connection.begin(framing);
  return { connection, peer };
}

const packet = push("online", { data: [1, 2, 3] });

it("does not let replies that were taken long ago lift the bound for pushes", async () => {
  const bound = 1000;
  const { connection, peer } = await connect(bound);
  for (let asked = 1; asked <= 100; asked++) {
    connection.received('{"command":"ping"}');
    // The version is the first line.
    await expect.poll(() => peer.lines, { interval: 1 }).toBe(1 + asked);
  }
  peer.isStalled = true;
  let delivered = 0;
  while (!peer.destroyed && delivered < 1000) {
    connection.deliver(packet);
    delivered++;
    await undefined;
  }
  expect(delivered).toBe(Math.floor(bound / packet.line().length) + 1);
});

it("counts what is gathered and not yet written", async () => {
  const { connection, peer } = await connect(1000);
  let delivered = 0;
  while (!peer.destroyed && delivered < 1000) {
    connection.deliver(packet);
    delivered++;
  }
  expect(delivered).toBe(Math.floor(1000 / packet.line().length) + 1);
  // The version alone; the pushes were not even written.
  expect(peer.lines).toBe(1);
});
