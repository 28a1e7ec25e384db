import { silentLogger } from "@asterite/util";
import { afterEach, expect, it } from "vitest";
import { type MemoryBus, MemoryNetwork } from "./memory-bus.test-support.ts";
import { type PeerChange, ReplicatedState } from "./replicated-state.ts";

const boards: ReplicatedState[] = [];
afterEach(() => {
  for (const board of boards.splice(0)) board.close();
});

/** What one board knows of the others, by what it was told of their changes. */
function join(network: MemoryNetwork, name: string, leaseMs = 60_000) {
  const bus: MemoryBus = network.join();
  const board = new ReplicatedState(name, bus, { heartbeatMs: 20, leaseMs }, silentLogger);
  boards.push(board);
  const known = new Map<string, unknown>();
  const changes: PeerChange[] = [];
  board.onChange((change) => {
    changes.push(change);
    for (const [key, value] of change.changed) {
      if (value === null) known.delete(`${change.process} ${key}`);
      else known.set(`${change.process} ${key}`, value);
    }
  });
  return { board, bus, known, changes };
}

it("copies what each process says to all others, and tells each change once", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b")];
  await expect.poll(() => b.board.peerCount).toBe(1);
  a.board.set("u:1", 1);
  a.board.set("u:1", 1);
  a.board.set("u:2", 1);
  await expect
    .poll(() => b.known)
    .toEqual(
      new Map([
        ["a u:1", 1],
        ["a u:2", 1],
      ]),
    );
  a.board.set("u:1", null);
  await expect.poll(() => b.known).toEqual(new Map([["a u:2", 1]]));
  expect(b.changes.flatMap(({ changed }) => changed)).toHaveLength(3);
  const late = join(network, "late");
  await expect.poll(() => late.known).toEqual(new Map([["a u:2", 1]]));
});

it("makes up for what was lost on the way", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b")];
  a.board.set("u:1", 1);
  await expect.poll(() => b.known.size).toBe(1);
  b.bus.disconnect();
  a.board.set("u:2", 1);
  a.board.set("u:1", null);
  a.board.set("s:1:song", { title: "x" });
  await Promise.resolve();
  b.bus.reconnect();
  await expect
    .poll(() => b.known)
    .toEqual(
      new Map<string, unknown>([
        ["a u:2", 1],
        ["a s:1:song", { title: "x" }],
      ]),
    );
});

it("forgets a process that is silent for its lease, or that takes its leave", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b", 200)];
  a.board.set("u:1", 1);
  await expect.poll(() => b.known.size).toBe(1);
  a.bus.disconnect();
  await expect.poll(() => b.known.size).toBe(0);
  expect(b.changes.at(-1)).toMatchObject({ process: "a", isLost: true });
  a.bus.reconnect();
  await expect.poll(() => b.known.size).toBe(1);
  a.board.close();
  expect(b.known.size).toBe(0);
  expect(b.changes.at(-1)).toMatchObject({ process: "a", isLost: false });
});

it("tells a large state in parts", async () => {
  const network = new MemoryNetwork();
  const a = join(network, "a");
  for (let user = 0; user < 50_000; user++) a.board.set(`u:${user}`, 1);
  for (let key = 0; key < 30; key++) a.board.set(`s:1:${key}`, "x".repeat(16_000));
  await Promise.resolve();
  const b = join(network, "b");
  await expect.poll(() => b.known.size).toBe(50_030);
});
