import { expect, it } from "vitest";
import { FairSemaphore } from "./fair-semaphore.ts";

/** Jobs that end when told, and a record of what has begun. */
function jobs(gate: FairSemaphore) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (owner: string, name: string) =>
    gate.run(owner, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    });
  const endOne = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { begun, run, endOne };
}

it("runs so many at once and lets those who ask take turns", async () => {
  const { begun, run, endOne } = jobs(new FairSemaphore(2, 100));
  const all = Promise.all([
    ...["a1", "a2", "a3", "a4", "a5"].map((name) => run("a", name)),
    run("b", "b1"),
    run("c", "c1"),
    run("b", "b2"),
  ]);
  expect(begun).toEqual(["a1", "a2"]);
  for (let count = 0; count < 8; count++) await endOne();
  expect(begun).toEqual(["a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"]);
  expect(await all).toHaveLength(8);
});

it("goes on after a job that fails", async () => {
  const gate = new FairSemaphore(1, 100);
  const failing = gate.run("a", () => Promise.reject(new Error("no memory")));
  const next = gate.run("a", () => Promise.resolve(1));
  await expect(failing).rejects.toThrow("no memory");
  expect(await next).toBe(1);
  expect(await gate.run("a", () => Promise.resolve(2))).toBe(2);
});

it("refuses the latest of whoever waits the most, when too many wait", async () => {
  const gate = new FairSemaphore(1, 3);
  const { begun, run, endOne } = jobs(gate);
  const outcome = (promise: Promise<string>) => promise.catch((error: { code: string }) => error.code);
  const answers = ["a1", "a2", "a3", "a4", "a5"].map((name) => outcome(run("flood", name)));
  const other = outcome(run("other", "b1"));
  expect(gate.waitingCount).toBe(3);
  for (let count = 0; count < 4; count++) await endOne();
  expect(await Promise.all(answers)).toEqual(["a1", "a2", "a3", "GATE_FULL", "GATE_FULL"]);
  expect(await other).toBe("b1");
  expect(begun).toEqual(["a1", "a2", "b1", "a3"]);
  expect(gate.waitingCount).toBe(0);
});
