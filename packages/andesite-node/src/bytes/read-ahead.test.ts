import { expect, it } from "vitest";
import { defaultByteLimits } from "./byte-limits.ts";
import { ReadAhead, ReadAheadBudget } from "./read-ahead.ts";
import { SegmentMemory } from "./segment-memory.ts";

const kib = 1_024;
const memory = () => ReadAheadBudget.createMemory(2);

/** Holds KiB until there is no room. Returns their number. */
function fill(readAhead: ReadAhead): number {
  let held = 0;
  for (; readAhead.hasRoomFor(kib) && held < 1_000_000; held++) readAhead.hold(kib);
  return held;
}

it("reads a time of audio ahead, up to a number of bytes", () => {
  const budget = new ReadAheadBudget(memory(), 0);
  const start = (bytesPerSecond: number | null): ReadAhead => {
    const readAhead = new ReadAhead(budget, defaultByteLimits);
    expect(readAhead.hasRoomFor(1)).toBe(false);
    readAhead.start(bytesPerSecond);
    return readAhead;
  };
  expect(fill(start(8 * kib))).toBe(256);
  const mp3 = start(40 * kib);
  expect(fill(mp3)).toBe(400);
  mp3.grow();
  expect(fill(mp3)).toBe(400);
  expect(fill(start(576_000))).toBe(Math.floor(5_760_000 / kib));
  expect(fill(start(2_000_000))).toBe(8 * kib);
  expect(fill(start(null))).toBe(kib);
});

it("counts segments of HLS streams in the budget", () => {
  const budget = new ReadAheadBudget(memory(), 0);
  const segments = new SegmentMemory(budget, { ...defaultByteLimits, aheadTotalBytes: 10_000 * kib });
  expect([segments.hasRoomFor(10_000 * kib), segments.hasRoomFor(10_001 * kib)]).toEqual([true, false]);
  // The segment that is read next is in memory in any case.
  segments.hold(8_000 * kib);
  segments.hold(1_500);
  expect([budget.sources, budget.bytes]).toEqual([1, 8_002 * kib]);
  expect([segments.hasRoomFor(1_998 * kib), segments.hasRoomFor(1_999 * kib)]).toEqual([true, false]);
  segments.release(8_000 * kib);
  segments.release(1_500);
  segments.close();
  expect([budget.sources, budget.bytes]).toEqual([0, 0]);
});

it("shares the budget of a node between the sources of all threads", () => {
  const shared = memory();
  const budgets = [new ReadAheadBudget(shared, 0), new ReadAheadBudget(shared, 1)] as const;
  const limits = { ...defaultByteLimits, aheadTotalBytes: 400 * kib };
  const open = (thread: 0 | 1): ReadAhead => {
    const readAhead = new ReadAhead(budgets[thread], limits);
    readAhead.start(null);
    return readAhead;
  };
  const first = open(0);
  expect(fill(first)).toBe(400);
  const second = open(1);
  // The budget is used up until the first has played what is above its share.
  expect(fill(second)).toBe(0);
  for (let at = 0; at < 200; at++) first.release(kib);
  expect([fill(first), fill(second)]).toEqual([0, 200]);
  for (let at = 0; at < 200; at++) first.release(kib);
  first.close();
  second.grow();
  expect(fill(second)).toBe(200);
  expect([budgets[0].sources, budgets[0].bytes]).toEqual([1, 400 * kib]);
  // The thread of the second has died.
  budgets[1].clear();
  expect([budgets[0].sources, budgets[0].bytes]).toEqual([0, 0]);
});
