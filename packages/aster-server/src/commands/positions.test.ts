import fc from "fast-check";
import { expect, it } from "vitest";
import { nextPosition, reorder } from "./positions.ts";

const placed = (...uuids: number[]) => uuids.map((uuid, position) => ({ uuid, position }));

it("moves, inserts and removes entries and returns only changed positions", () => {
  expect(reorder(placed(10, 11, 12), 12, 0)).toEqual(
    new Map([
      [12, 0],
      [10, 1],
      [11, 2],
    ]),
  );
  expect(reorder(placed(10, 11, 12), 10, 1)).toEqual(
    new Map([
      [11, 0],
      [10, 1],
    ]),
  );
  expect(reorder(placed(10, 11, 12), 11, undefined)).toEqual(new Map([[12, 1]]));
  expect(reorder(placed(10, 11, 12), 11, 1)).toEqual(new Map());
});

it("produces positions without gaps and keeps the order of the other entries", () => {
  const rows = fc
    .uniqueArray(fc.nat(100), { minLength: 1 })
    .chain((uuids) => fc.tuple(...uuids.map((uuid) => fc.nat(10).map((position) => ({ uuid, position })))));
  fc.assert(
    fc.property(rows, fc.nat(20), (all, position) => {
      const uuid = all[0]?.uuid ?? 0;
      const moved = reorder(all, uuid, position);
      const after = all.map((row) => ({ ...row, position: moved.get(row.uuid) ?? row.position }));
      expect(after.map(({ position }) => position).sort((a, b) => a - b)).toEqual([...all.keys()]);
      const rest = (list: typeof after) =>
        list
          .filter((row) => row.uuid !== uuid)
          .toSorted((a, b) => a.position - b.position)
          .map((row) => row.uuid);
      expect(rest(after)).toEqual(rest([...all]));
      expect(after[0]?.position).toBe(Math.min(position, all.length - 1));
    }),
  );
});

it("returns the position after the largest one", () => {
  expect(nextPosition([])).toBe(0);
  expect(
    nextPosition([
      { uuid: 1, position: 4 },
      { uuid: 2, position: 0 },
    ]),
  ).toBe(5);
});
