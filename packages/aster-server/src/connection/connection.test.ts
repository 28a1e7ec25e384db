import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { type OpenContext, openContext } from "../context.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { UnitOfWork } from "../store/store.ts";
import { Connection } from "./connection.ts";
import type { Framing } from "./framing/framing.ts";

/** A peer without system buffers in between: accepts every write at once, or none. */
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
  // The connection uses only those members of a socket that this stream has.
  const connection = new Connection(peer as unknown as Socket, context, "192.0.2.1");
  const framing: Framing = {
    type: "lines",
    encode: (packet) => packet.line(),
    pause: () => {},
    resume: () => {},
    end: () => {},
  };
  connection.startFraming(framing, [1, 0, 0]);
  return { connection, peer, context };
}

const packet = push("online", { data: [1, 2, 3] });

it("does not count replies that the peer has read towards the limit of queued pushes", async () => {
  const bound = 1000;
  const { connection, peer } = await connect(bound);
  for (let requests = 1; requests <= 100; requests++) {
    connection.handleRequest('{"command":"ping"}');
    // The version is the first line.
    await expect.poll(() => peer.lines, { interval: 1 }).toBe(1 + requests);
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

it("counts pending writes towards the limit of queued pushes", async () => {
  const { connection, peer } = await connect(1000);
  let delivered = 0;
  while (!peer.destroyed && delivered < 1000) {
    connection.deliver(packet);
    delivered++;
  }
  expect(delivered).toBe(Math.floor(1000 / packet.line().length) + 1);
  // Only the version; the pushes were not even written.
  expect(peer.lines).toBe(1);
});

it("builds the reply to online when it is sent, so that no later push precedes it", async () => {
  const { connection, peer, context } = await connect(16 * 1024 * 1024);
  const { presence } = context.hub;
  connection.handleRequest('{"command":"hello","client":"test/1","extensions":["presence"]}');
  connection.handleRequest('{"command":"register","uname":"ann","passwd":"a long secret"}');
  await expect.poll(() => peer.text).toContain('"command":"register"');
  const transact = context.store.transact.bind(context.store);
  let came = 0;
  Object.assign(context.store, {
    transact: <Result>(unit: UnitOfWork<Result>) =>
      transact({
        ...unit,
        run: async (tx) => {
          const result = await unit.run(tx);
          // A user comes online after the command has run and before its reply is sent.
          presence.addUser(++came);
          presence.announce();
          return result;
        },
      }),
  });
  for (let requests = 1; requests <= 2; requests++) {
    connection.handleRequest('{"command":"online"}');
    await expect.poll(() => peer.text.split('"command":"online"').length - 1).toBe(requests);
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
  "sends a withheld presence list before the reply to the first request unless it negotiates deltas: %s",
  async (request, commands) => {
    const { connection, peer, context } = await connect(16 * 1024 * 1024);
    const { presence } = context.hub;
    for (let user = 1; user <= 150; user++) presence.addUser(user);
    presence.announce();
    connection.handleRequest(request);
    await expect.poll(() => peer.lines).toBe(commands.length);
    const packets = peer.text.trim().split("\n");
    expect(packets.map((line) => (JSON.parse(line) as { command: string }).command)).toEqual(commands);
  },
);
