import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { type OpenContext, openContext } from "../context.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { UnitOfWork } from "../store/store.ts";
import { Connection } from "./connection.ts";
import type { Framing } from "./framing/framing.ts";

/** A peer without system buffers in between: takes everything at once, or nothing. */
class Peer extends Duplex {
  isStalled = false;
  lines = 0;
  text = "";

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.lines += chunk.toString().split("\n").length - 1;
    if (!this.isStalled) done();
  }

  setTimeout(): this {
    return this;
  }
}

async function connect(
  queuedBytes: number,
): Promise<{ connection: Connection; peer: Peer; context: OpenContext }> {
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
  return { connection, peer, context };
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

it("answers who is online as of the moment of the answer, not behind pushes of what came later", async () => {
  const { connection, peer, context } = await connect(16 * 1024 * 1024);
  const { presence } = context.hub;
  connection.received('{"command":"hello","client":"test/1","extensions":["presence"]}');
  connection.received('{"command":"register","uname":"ann","passwd":"secret"}');
  await expect.poll(() => peer.text).toContain('"command":"register"');
  const transact = context.store.transact.bind(context.store);
  let came = 0;
  Object.assign(context.store, {
    transact: <Result>(work: UnitOfWork<Result>) =>
      transact({
        ...work,
        run: async (tx) => {
          const result = await work.run(tx);
          // Somebody comes after the command was carried out and before its answer is sent.
          presence.came(++came);
          presence.announce();
          return result;
        },
      }),
  });
  for (let asked = 1; asked <= 2; asked++) {
    connection.received('{"command":"online"}');
    await expect.poll(() => peer.text.split('"command":"online"').length - 1).toBe(asked);
  }
  const known = new Set<number>();
  for (const line of peer.text.trim().split("\n")) {
    const packet = JSON.parse(line) as { command: string; data?: number[]; came?: number[] };
    if (packet.command === "online") known.clear();
    if (packet.command !== "online" && packet.command !== "presence") continue;
    for (const user of [...(packet.data ?? []), ...(packet.came ?? [])]) known.add(user);
  }
  expect(known).toEqual(new Set(presence.users));
  expect(came).toBe(2);
});

it.each([
  ['{"command":"ping"}', ["API_version", "online", "ping"]],
  ['{"command":"hello","client":"test/1","extensions":["typing"]}', ["API_version", "online", "hello"]],
  ['{"command":"hello","client":"test/1","extensions":["presence"]}', ["API_version", "hello"]],
])(
  "tells a long list ahead of the answer to the first request, if it is wanted: %s",
  async (request, told) => {
    const { connection, peer, context } = await connect(16 * 1024 * 1024);
    const { presence } = context.hub;
    for (let user = 1; user <= 150; user++) presence.came(user);
    presence.announce();
    connection.received(request);
    await expect.poll(() => peer.lines).toBe(told.length);
    const packets = peer.text.trim().split("\n");
    expect(packets.map((line) => (JSON.parse(line) as { command: string }).command)).toEqual(told);
  },
);
