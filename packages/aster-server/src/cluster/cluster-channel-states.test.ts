import { silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import type { Writer } from "../hub/channel-states.ts";
import { LocalHub } from "../hub/hub.ts";
import { ClusterChannelStates } from "./cluster-channel-states.ts";
import { MemoryNetwork } from "./memory-bus.test-support.ts";
import { ReplicatedState } from "./replicated-state.ts";

const state = (value: unknown, author = 9) => ({ channel: 1, key: "song", value, author_uuid: author });
const user: Writer = { connection: 1, isManager: false };
const manager: Writer = { connection: 1, isManager: true };

function startProcesses(): ClusterChannelStates[] {
  const network = new MemoryNetwork();
  return ["a", "b", "c"].map((name) => {
    const times = { heartbeatMs: 1000, leaseMs: 60_000 };
    const replicated = new ReplicatedState(name, network.join(), times, silentLogger);
    onTestFinished(() => replicated.close());
    return new ClusterChannelStates(replicated, new LocalHub(() => ({ canRead: () => true })));
  });
}

it("shares states without their writers", async () => {
  const [a, b] = startProcesses();
  expect(a?.set(state("one"), user)).toBeUndefined();
  await expect.poll(() => b?.list(1)).toEqual([state("one")]);
  expect(b?.set(state("two"), user)).toBe("taken:key");
});

it("lets a manager take over a key that another process holds, and no other manager after that", async () => {
  const processes = startProcesses();
  const [a, b, c] = processes;
  a?.set(state("one"), user);
  await expect.poll(() => b?.list(1)).toEqual([state("one")]);
  expect(b?.set(state("two", 7), manager)).toBeUndefined();
  for (const each of processes) await expect.poll(() => each.list(1)).toEqual([state("two", 7)]);
  expect(a?.set(state("three"), user)).toBe("taken:key");
  expect(c?.set(state("three"), manager)).toBe("taken:key");
  expect(a?.removeByWriter(1)).toEqual([]);
  expect(b?.removeByWriter(1)).toEqual([state("two", 7)]);
  await expect.poll(() => c?.list(1)).toEqual([]);
});

it("lets a manager clear a key that another process holds, so that it is free for all", async () => {
  const processes = startProcesses();
  const [a, b, c] = processes;
  a?.set(state("one"), manager);
  await expect.poll(() => b?.list(1)).toEqual([state("one")]);
  expect(b?.set(state(null), user)).toBe("taken:key");
  expect(b?.set(state(null), manager)).toBeUndefined();
  for (const each of processes) await expect.poll(() => each.list(1)).toEqual([]);
  expect(c?.set(state("two"), user)).toBeUndefined();
  // A request to give up a key acts once, not on later states.
  await expect.poll(() => a?.list(1)).toEqual([state("two")]);
  await new Promise(setImmediate);
  expect(c?.list(1)).toEqual([state("two")]);
});

it("keeps the commands of bots at different processes", async () => {
  const processes = startProcesses();
  const [a, b] = processes;
  const commands = (author: number, value: unknown) => ({ ...state(value, author), key: "commands" });
  a?.set(commands(7, "one"), user);
  await expect.poll(() => b?.list(1)).toEqual([commands(7, "one")]);
  expect(b?.set(commands(8, "two"), manager)).toBeUndefined();
  const byAuthor = (each: ClusterChannelStates) =>
    each
      .list(1)
      .map(({ author_uuid }) => author_uuid)
      .sort();
  for (const each of processes) await expect.poll(() => byAuthor(each)).toEqual([7, 8]);
  expect(b?.removeByWriter(1)).toEqual([commands(8, "two")]);
  for (const each of processes) await expect.poll(() => each.list(1)).toEqual([commands(7, "one")]);
});

it("removes matching states of its own connections everywhere", async () => {
  const [a, b] = startProcesses();
  a?.set(state("one"), user);
  await expect.poll(() => b?.list(1)).toEqual([state("one")]);
  expect(b?.removeIf(() => true)).toEqual([]);
  expect(a?.removeIf(() => true)).toEqual([state("one")]);
  await expect.poll(() => b?.list(1)).toEqual([]);
});
