import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { BitWriter } from "../../bit-writer.test-support.ts";
import { frameSteps, readTimeGrid, type TimeGrid } from "./time-grid.ts";

function grid(write: (bits: BitWriter) => void): TimeGrid {
  const bits = new BitWriter();
  write(bits);
  const reader = new BitReader();
  reader.load(bits.bytes());
  return readTimeGrid(reader);
}

describe("the grid of a frame", () => {
  it("may have envelopes of equal length", () => {
    expect(grid((bits) => bits.write(0, 2).write(2, 2).write(1, 1))).toEqual({
      borders: [0, 4, 8, 12, 16],
      noiseBorders: [0, 8, 16],
      isHigh: [true, true, true, true],
      transient: -1,
      isSingle: false,
    });
    expect(grid((bits) => bits.write(0, 2).write(0, 2).write(0, 1))).toMatchObject({
      borders: [0, 16],
      noiseBorders: [0, 16],
      isSingle: true,
    });
  });

  it("may end behind the frame, with a transient", () => {
    // Ends 2 steps late; two envelopes at the end of 4 and 2 steps; the transient begins the last.
    const found = grid((bits) =>
      bits
        .write(1, 2)
        .write(2, 2)
        .write(2, 2)
        .write(0, 2)
        .write(1, 2)
        .write(2, 2)
        .write(1, 1)
        .write(0, 1)
        .write(1, 1),
    );
    expect(found).toEqual({
      borders: [0, 12, 16, 18],
      noiseBorders: [0, 16, 18],
      isHigh: [true, false, true],
      transient: 2,
      isSingle: false,
    });
  });

  it("may start late, and do both", () => {
    expect(
      grid((bits) =>
        bits.write(2, 2).write(1, 2).write(1, 2).write(3, 2).write(2, 2).write(1, 1).write(0, 1),
      ),
    ).toMatchObject({ borders: [1, 9, 16], noiseBorders: [1, 9, 16], isHigh: [true, false], transient: 1 });
    expect(
      grid((bits) =>
        bits
          .write(3, 2)
          .write(1, 2)
          .write(1, 2)
          .write(1, 2)
          .write(1, 2)
          .write(0, 2)
          .write(1, 2)
          .write(0, 2)
          .write(0, 3),
      ),
    ).toMatchObject({ borders: [1, 3, 13, 17], noiseBorders: [1, 13, 17], transient: -1 });
  });

  it("is in order or damaged", () => {
    const next = seededRandom(3);
    let accepted = 0;
    for (let round = 0; round < 5_000; round++) {
      const reader = new BitReader();
      reader.load(Uint8Array.from({ length: 8 }, () => Math.floor(next() * 256)));
      try {
        const { borders, noiseBorders, isHigh, transient } = readTimeGrid(reader);
        accepted++;
        for (const list of [borders, noiseBorders])
          expect(list.every((border, index) => index === 0 || border > (list[index - 1] ?? 0))).toBe(true);
        expect(borders).toHaveLength(isHigh.length + 1);
        expect(borders.at(-1)).toBeLessThanOrEqual(frameSteps + 3);
        expect(transient).toBeLessThanOrEqual(isHigh.length);
      } catch (error) {
        if (!(error instanceof DamagedPacketError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});
