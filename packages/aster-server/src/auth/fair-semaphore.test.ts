import { expect, it } from "vitest";
import { FairSemaphore } from "./fair-semaphore.ts";

/** Submits tasks that the test completes one by one, and records the order in which they started. */
function submit(semaphore: FairSemaphore) {
  const started: string[] = [];
  const completions: (() => void)[] = [];
  const run = (owner: string, name: string) =>
    semaphore.run(owner, () => {
      started.push(name);
      return new Promise<string>((resolve) => completions.push(() => resolve(name)));
    });
  const completeOne = async () => {
    completions.shift()?.();
    await new Promise(setImmediate);
  };
  return { started, run, completeOne };
}

it("runs up to the limit concurrently and serves the owners in turn", async () => {
  const { started, run, completeOne } = submit(new FairSemaphore(2, 100));
  const all = Promise.all([
    run("a", "a1"),
    run("a", "a2"),
    run("a", "a3"),
    run("a", "a4"),
    run("a", "a5"),
    run("b", "b1"),
    run("c", "c1"),
    run("b", "b2"),
  ]);
  expect(started).toEqual(["a1", "a2"]);
  for (let count = 0; count < 8; count++) await completeOne();
  expect(started).toEqual(["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]);
  expect(await all).toHaveLength(8);
});

it("runs the next task after one that fails", async () => {
  const semaphore = new FairSemaphore(1, 100);
  const failing = semaphore.run("a", () => Promise.reject(new Error("no memory")));
  const next = semaphore.run("a", () => Promise.resolve(1));
  await expect(failing).rejects.toThrow("no memory");
  expect(await next).toBe(1);
  expect(await semaphore.run("a", () => Promise.resolve(2))).toBe(2);
});

it("rejects the newest task of the owner with the most waiting ones when the queue is full", async () => {
  const semaphore = new FairSemaphore(1, 3);
  const { started, run, completeOne } = submit(semaphore);
  const outcome = (promise: Promise<string>) => promise.catch((error: { code: string }) => error.code);
  const results = ["a1", "a2", "a3", "a4", "a5"].map((name) => outcome(run("flood", name)));
  const other = outcome(run("other", "b1"));
  expect(semaphore.waitingCount).toBe(3);
  for (let count = 0; count < 4; count++) await completeOne();
  expect(await Promise.all(results)).toEqual(["a1", "a2", "a3", "SEMAPHORE_FULL", "SEMAPHORE_FULL"]);
  expect(await other).toBe("b1");
  expect(started).toEqual(["a1", "a2", "b1", "a3"]);
  expect(semaphore.waitingCount).toBe(0);
});

it("runs no more tasks of an owner than its limit, while those of others overtake", async () => {
  const semaphore = new FairSemaphore(3, 10, 1);
  const order: string[] = [];
  const gates = new Map<string, () => void>();
  const run = (owner: string, name: string) =>
    semaphore.run(owner, async () => {
      order.push(name);
      await new Promise<void>((resolve) => gates.set(name, resolve));
    });
  const tasks = [run("a", "a1"), run("a", "a2"), run("b", "b1")];
  await Promise.resolve();
  expect([order, semaphore.waitingCount]).toEqual([["a1", "b1"], 1]);
  gates.get("a1")?.();
  await tasks[0];
  await Promise.resolve();
  expect(order).toEqual(["a1", "b1", "a2"]);
  for (const name of ["b1", "a2"]) gates.get(name)?.();
  await Promise.all(tasks);
});
