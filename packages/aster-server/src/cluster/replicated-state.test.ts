import { silentLogger } from "@asterite/util";
import { afterEach, expect, it } from "vitest";
import { type MemoryBus, MemoryNetwork } from "./memory-bus.test-support.ts";
import { type PeerChange, ReplicatedState } from "./replicated-state.ts";

const states: ReplicatedState[] = [];
afterEach(() => {
  for (const state of states.splice(0)) state.close();
});

/** Joins a process to the network. `known` is rebuilt from its change notifications alone. */
function join(network: MemoryNetwork, name: string, leaseMs = 60_000) {
  const bus: MemoryBus = network.join();
  const state = new ReplicatedState(name, bus, { heartbeatMs: 20, leaseMs }, silentLogger);
  states.push(state);
  const known = new Map<string, unknown>();
  const changes: PeerChange[] = [];
  state.onChange((change) => {
    changes.push(change);
    for (const [key, value] of change.changed) {
      if (value === null) known.delete(`${change.process} ${key}`);
      else known.set(`${change.process} ${key}`, value);
    }
  });
  return { state, bus, known, changes };
}

it("replicates entries to all processes and notifies listeners of each change once", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b")];
  await expect.poll(() => b.state.peerCount).toBe(1);
  a.state.set("u:1", 1);
  a.state.set("u:1", 1);
  a.state.set("u:2", 1);
  await expect
    .poll(() => b.known)
    .toEqual(
      new Map([
        ["a u:1", 1],
        ["a u:2", 1],
      ]),
    );
  a.state.set("u:1", null);
  await expect.poll(() => b.known).toEqual(new Map([["a u:2", 1]]));
  expect(b.changes.flatMap(({ changed }) => changed)).toHaveLength(3);
  const late = join(network, "late");
  await expect.poll(() => late.known).toEqual(new Map([["a u:2", 1]]));
});

it("recovers changes that were lost in transit", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b")];
  a.state.set("u:1", 1);
  await expect.poll(() => b.known.size).toBe(1);
  b.bus.disconnect();
  a.state.set("u:2", 1);
  a.state.set("u:1", null);
  a.state.set("s:1:song", { title: "x" });
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

it("removes the entries of a process when its lease expires or it departs", async () => {
  const network = new MemoryNetwork();
  const [a, b] = [join(network, "a"), join(network, "b", 200)];
  a.state.set("u:1", 1);
  await expect.poll(() => b.known.size).toBe(1);
  a.bus.disconnect();
  await expect.poll(() => b.known.size).toBe(0);
  expect(b.changes.at(-1)).toMatchObject({ process: "a", hasExpired: true });
  a.bus.reconnect();
  await expect.poll(() => b.known.size).toBe(1);
  a.state.close();
  expect(b.known.size).toBe(0);
  expect(b.changes.at(-1)).toMatchObject({ process: "a", hasExpired: false });
});

it("splits a large snapshot into several messages", async () => {
  const network = new MemoryNetwork();
  const a = join(network, "a");
  for (let user = 0; user < 50_000; user++) a.state.set(`u:${user}`, 1);
  for (let key = 0; key < 30; key++) a.state.set(`s:1:${key}`, "x".repeat(16_000));
  await Promise.resolve();
  const b = join(network, "b");
  await expect.poll(() => b.known.size).toBe(50_030);
});
