import fc from "fast-check";
import { expect, it } from "vitest";
import { changeCrop, cropSquare, wholeCrop } from "./crop.ts";

it("centres the largest square", () => {
  expect(cropSquare(300, 200, wholeCrop)).toEqual({ left: 50, top: 0, size: 200 });
  expect(cropSquare(300, 200, { ...wholeCrop, zoom: 2 })).toEqual({ left: 100, top: 50, size: 100 });
});

it("keeps the square within the picture", () => {
  const part = fc.double({ min: -3, max: 3, noNaN: true });
  const side = fc.integer({ min: 1, max: 4000 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.array(fc.tuple(part, part, fc.double({ min: 0, max: 20, noNaN: true }))),
      (width, height, moves) => {
        let crop = wholeCrop;
        for (const [dx, dy, zoom] of moves) crop = changeCrop(width, height, crop, { dx, dy, zoom });
        const { left, top, size } = cropSquare(width, height, crop);
        expect(size).toBeGreaterThan(0);
        for (const edge of [left, top, width - left - size, height - top - size]) {
          expect(edge).toBeGreaterThan(-1e-6);
        }
      },
    ),
  );
});
