import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { BlockReader } from "./block-reader.ts";
import { defaultByteLimits } from "./byte-limits.ts";
import { ReadAhead, ReadAheadBudget } from "./read-ahead.ts";

const file = Uint8Array.from({ length: 1_005 }, (_, index) => index % 251);

/** A reader of blocks of 100 bytes that records what it fetches. A fetch can be held back. */
function open(aheadBytes: number, budget = newBudget()) {
  const fetched: number[] = [];
  const aborted: number[] = [];
  const gates = new Map<number, PromiseWithResolvers<void>>();
  const limits = { ...defaultByteLimits, blockBytes: 100, keptBlocks: 2, aheadBytes };
  const readAhead = new ReadAhead(budget, limits);
  const fetch = async (start: number, end: number, signal: AbortSignal): Promise<Uint8Array> => {
    fetched.push(start / 100);
    const abandoned = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        aborted.push(start / 100);
        reject(new Error("given up"));
      });
    });
    await Promise.race([gates.get(start / 100)?.promise, abandoned]);
    return file.slice(start, end);
  };
  const reader = new BlockReader(file.length, limits, fetch, readAhead);
  const hold = (number: number): PromiseWithResolvers<void> => {
    const gate = Promise.withResolvers<void>();
    gates.set(number, gate);
    return gate;
  };
  return { reader, fetched, aborted, hold, budget };
}

const newBudget = (): ReadAheadBudget => new ReadAheadBudget(ReadAheadBudget.createMemory(1), 0);

it("fetches no block that is not read, unless it reads ahead", async () => {
  const { reader, fetched } = open(0);
  expect(await reader.read(150, 350)).toEqual(file.slice(150, 350));
  await nextTurn();
  expect(fetched).toEqual([1, 2, 3]);
});

it("fetches the blocks after the last read, up to a limit and to the end of the file", async () => {
  const { reader, fetched } = open(300);
  await reader.read(0, 10);
  reader.readAhead(null);
  await expect.poll(() => fetched).toEqual([0, 1, 2, 3]);
  expect(await reader.read(250, 260)).toEqual(file.slice(250, 260));
  await expect.poll(() => fetched).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await reader.read(900, 1_005)).toEqual(file.slice(900));
  await nextTurn();
  expect(fetched).toEqual([0, 1, 2, 3, 4, 5, 9, 10]);
});

it("serves what was read ahead while the connection is lost", async () => {
  const { reader, fetched, hold } = open(300);
  const outage = hold(3);
  await reader.read(0, 10);
  reader.readAhead(null);
  await expect.poll(() => fetched).toEqual([0, 1, 2, 3]);
  expect(await reader.read(100, 300)).toEqual(file.slice(100, 300));
  const waiting = reader.read(300, 400);
  outage.resolve();
  expect(await waiting).toEqual(file.slice(300, 400));
});

it("gives up a block in the background for a read of another one", async () => {
  const { reader, fetched, aborted, hold } = open(300);
  hold(2);
  await reader.read(0, 10);
  reader.readAhead(null);
  await expect.poll(() => fetched).toEqual([0, 1, 2]);
  expect(await reader.read(800, 810)).toEqual(file.slice(800, 810));
  expect(aborted).toEqual([2]);
});

it("keeps no more blocks than its limits, and fetches nothing after it is closed", async () => {
  const { reader, fetched } = open(200);
  reader.readAhead(null);
  for (let at = 0; at < 1_000; at += 50) await reader.read(at, at + 50);
  expect(new Set(fetched).size).toBe(fetched.length);
  await reader.read(0, 10);
  expect(fetched.filter((number) => number === 0)).toHaveLength(2);
  const count = fetched.length;
  reader.close();
  await nextTurn();
  expect(fetched.length).toBeLessThanOrEqual(count + 1);
});

it("counts what it holds ahead, and nothing once it has jumped or is closed", async () => {
  const { reader, budget } = open(300);
  await reader.read(0, 10);
  reader.readAhead(null);
  // Each block counts as a KiB.
  await expect.poll(() => budget.bytes).toBe(3 * 1_024);
  await reader.read(100, 110);
  await expect.poll(() => budget.bytes).toBe(3 * 1_024);
  await reader.read(900, 910);
  await expect.poll(() => budget.bytes).toBe(1_024);
  reader.close();
  expect([budget.sources, budget.bytes]).toEqual([0, 0]);
});

it("reads further ahead after it ran dry", async () => {
  const blockBytes = 128 * 1_024;
  const limits = { ...defaultByteLimits, blockBytes, keptBlocks: 2, aheadMs: 1_000 };
  const readAhead = new ReadAhead(newBudget(), limits);
  const fetched: number[] = [];
  const outage = Promise.withResolvers<void>();
  const fetch = async (start: number, end: number): Promise<Uint8Array> => {
    fetched.push(start / blockBytes);
    if (start === 3 * blockBytes) await outage.promise;
    return new Uint8Array(end - start);
  };
  const reader = new BlockReader(16 * blockBytes, limits, fetch, readAhead);
  await reader.read(0, 10);
  reader.readAhead(2 * blockBytes);
  await expect.poll(() => fetched).toEqual([0, 1, 2]);
  await reader.read(0, 3 * blockBytes);
  const waiting = reader.read(3 * blockBytes, 3 * blockBytes + 10);
  await nextTurn();
  outage.resolve();
  await waiting;
  // A second is two blocks, so two seconds are four.
  await expect.poll(() => fetched).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  reader.close();
});
