import fc from "fast-check";
import { expect, it } from "vitest";
import { RowHeights } from "./row-heights.ts";
import { rowAt, scrollTopFor, visibleRange } from "./row-range.ts";

const keysTo = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
const indexIn = (keys: readonly string[]) => (key: string) => {
  const index = keys.indexOf(key);
  return index < 0 ? undefined : index;
};

it("renders only visible rows", () => {
  const keys = keysTo(10_000);
  const offsets = new RowHeights(() => 50).layout(keys);
  const { from, to } = visibleRange(offsets, 250_000, 600, 300);
  expect([from, to]).toEqual([4994, 5019]);
  expect(visibleRange(new Float64Array(1), 0, 600, 300)).toEqual({ from: 0, to: 0 });
});

it("covers the viewport for any heights", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 8000 }),
      (heights, at) => {
        const table = new RowHeights(() => 1);
        const keys = keysTo(heights.length);
        for (const [index, height] of heights.entries()) table.set(`k${index}`, height);
        const offsets = table.layout(keys);
        const total = offsets[keys.length] ?? 0;
        const top = Math.min(at, Math.max(0, total - 500));
        const { from, to } = visibleRange(offsets, top, 500, 0);
        expect(offsets[from]).toBeLessThanOrEqual(top);
        expect(offsets[to]).toBeGreaterThanOrEqual(Math.min(total, top + 500));
        expect(offsets[rowAt(offsets, top)]).toBeLessThanOrEqual(top);
      },
    ),
  );
});

it("keeps the anchor in place when rows above are added or resized", () => {
  const heights = new RowHeights(() => 50);
  const anchor = { keys: ["k20", "k21"], below: -10 };
  const longer = ["older1", "older2", ...keysTo(100)];
  heights.set("k3", 90);
  expect(scrollTopFor(anchor, indexIn(longer), heights.layout(longer), 500)).toBe(1010 + 100 + 40);
});

it("falls back to the next row when the anchor is removed", () => {
  const heights = new RowHeights(() => 50);
  const anchor = { keys: ["k20", "k21"], below: 0 };
  const fewer = keysTo(100).filter((key) => key !== "k20");
  expect(scrollTopFor(anchor, indexIn(fewer), heights.layout(fewer), 500)).toBe(1000);
  expect(scrollTopFor(anchor, () => undefined, heights.layout(fewer), 500)).toBeUndefined();
});

it("sticks to the end of the list", () => {
  const heights = new RowHeights(() => 50);
  const keys = keysTo(101);
  expect(scrollTopFor("end", indexIn(keys), heights.layout(keys), 500)).toBe(4550);
});

it("prunes heights of removed rows", () => {
  const heights = new RowHeights(() => 1);
  for (const key of keysTo(3000)) heights.set(key, 9);
  heights.prune(["k5"]);
  expect([...heights.layout(["k5", "k6"])]).toEqual([0, 9, 10]);
});
