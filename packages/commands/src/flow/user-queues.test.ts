import { expect, it } from "vitest";
import { UserQueues } from "./user-queues.ts";

const { signal } = new AbortController();

it("runs the commands of an account in turn, and counts those that run or wait", async () => {
  const queues = new UserQueues({ concurrencyPerUser: 1, maxQueuedPerUser: 1 });
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const running = queues.run(7, () => first.promise.then(() => void log.push("first")), signal);
  expect(queues.isFull(7)).toBe(false);
  const waiting = queues.run(7, () => Promise.resolve(void log.push("second")), signal);
  expect([queues.isFull(7), queues.isFull(8)]).toEqual([true, false]);
  await queues.run(8, () => Promise.resolve(void log.push("other")), signal);
  expect(log).toEqual(["other"]);
  first.resolve();
  await running;
  expect(queues.isFull(7)).toBe(false);
  await waiting;
  expect(log).toEqual(["other", "first", "second"]);
});

it("goes on after a command that fails, and keeps the order of those that wait", async () => {
  const queues = new UserQueues({ concurrencyPerUser: 1, maxQueuedPerUser: 5 });
  const log: string[] = [];
  const failing = queues.run(7, () => Promise.reject(new Error("failed")), signal);
  const second = Promise.withResolvers<void>();
  const running = queues.run(7, () => second.promise.then(() => void log.push("second")), signal);
  await expect(failing).rejects.toThrow("failed");
  // The queue of the account must still be the one in which the second command runs.
  const third = queues.run(7, () => Promise.resolve(void log.push("third")), signal);
  second.resolve();
  await Promise.all([running, third]);
  expect(log).toEqual(["second", "third"]);
});
