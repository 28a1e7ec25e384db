import { expect, it } from "vitest";
import { BoundedSemaphore, SemaphoreFullError } from "./bounded-semaphore.ts";
import { Semaphore } from "./semaphore.ts";

/** A task that ends when the test says so, and records that it started. */
function task(started: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = (): Promise<string> => {
    started.push(name);
    return promise;
  };
  return { run, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("runs at most the given number of tasks, the others in order", async () => {
  const started: string[] = [];
  const semaphore = new Semaphore(2);
  const tasks = ["a", "b", "c", "d"].map((name) => task(started, name));
  const results = tasks.map(({ run }) => semaphore.run(run));
  await settle();
  expect(started).toEqual(["a", "b"]);
  tasks[1]?.end();
  await settle();
  expect(started).toEqual(["a", "b", "c"]);
  for (const { end } of tasks) end();
  expect(await Promise.all(results)).toEqual(["a", "b", "c", "d"]);
});

it("frees the slot of a task that fails", async () => {
  const started: string[] = [];
  const semaphore = new Semaphore(1);
  const [bad, good] = [task(started, "bad"), task(started, "good")];
  const failed = semaphore.run(bad.run);
  const passed = semaphore.run(good.run);
  bad.fail();
  await expect(failed).rejects.toThrow("bad");
  good.end();
  expect(await passed).toBe("good");
});

it("rejects a task when too many wait, and accepts one again when there is room", async () => {
  const started: string[] = [];
  const semaphore = new BoundedSemaphore(1, 1);
  const [first, second] = [task(started, "first"), task(started, "second")];
  const running = semaphore.run(first.run);
  const waiting = semaphore.run(second.run);
  await expect(semaphore.run(async () => "third")).rejects.toBeInstanceOf(SemaphoreFullError);
  first.end();
  second.end();
  await Promise.all([running, waiting]);
  expect(await semaphore.run(async () => "fourth")).toBe("fourth");
});

it("removes a waiting task when its signal aborts, and hands its slot to the next", async () => {
  const started: string[] = [];
  const semaphore = new Semaphore(1);
  const abort = new AbortController();
  const [first, third] = [task(started, "first"), task(started, "third")];
  const running = semaphore.run(first.run);
  const aborted = semaphore.run(async () => "second", abort.signal);
  const last = semaphore.run(third.run);
  abort.abort(new Error("gone"));
  await expect(aborted).rejects.toThrow("gone");
  await expect(semaphore.run(async () => "late", abort.signal)).rejects.toThrow("gone");
  first.end();
  third.end();
  expect([await running, await last]).toEqual(["first", "third"]);
  expect(started).toEqual(["first", "third"]);
});
