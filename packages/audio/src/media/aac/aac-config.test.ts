import { describe, expect, it } from "vitest";
import { BitWriter } from "../decoders/bit-writer.test-support.ts";
import { readAacConfig } from "./aac-config.ts";

const config = (write: (bits: BitWriter) => void) => {
  const bits = new BitWriter();
  write(bits);
  return readAacConfig(bits.bytes());
};

describe("an AudioSpecificConfig", () => {
  it("of low complexity has its rate by index or written out", () => {
    expect(config((bits) => bits.write(2, 5).write(4, 4).write(2, 4))).toEqual({
      rateIndex: 4,
      order: [0, 1],
    });
    expect(config((bits) => bits.write(2, 5).write(15, 4).write(48_000, 24).write(6, 4))).toEqual({
      rateIndex: 3,
      order: [2, 0, 1, 4, 5, 3],
    });
    expect(config((bits) => bits.write(2, 5).write(15, 4).write(48_001, 24).write(2, 4))).toBeUndefined();
  });

  it("with an extension has twice the rate of its core, before or behind the core", () => {
    for (const type of [5, 29])
      expect(
        config((bits) => bits.write(type, 5).write(7, 4).write(1, 4).write(4, 4).write(2, 5).write(0, 3)),
      ).toEqual({ rateIndex: 7, isReplicated: true, order: [0] });
    expect(
      config((bits) =>
        bits
          .write(2, 5)
          .write(7, 4)
          .write(2, 4)
          .write(0, 3)
          .write(0x2b7, 11)
          .write(5, 5)
          .write(1, 1)
          .write(4, 4),
      ),
    ).toEqual({ rateIndex: 7, isReplicated: true, order: [0, 1] });
    // Replication that keeps the rate of the core.
    expect(
      config((bits) => bits.write(5, 5).write(7, 4).write(1, 4).write(7, 4).write(2, 5).write(0, 3)),
    ).toEqual({ rateIndex: 7, isReplicated: true, order: [0] });
  });

  it("of another profile, of 960 samples, or with an unknown layout is not supported", () => {
    for (const type of [1, 3, 4, 22, 23, 39]) {
      const write = (bits: BitWriter) =>
        type < 31 ? bits.write(type, 5) : bits.write(31, 5).write(type - 32, 6);
      expect(config((bits) => write(bits).write(4, 4).write(2, 4))).toBeUndefined();
    }
    expect(config((bits) => bits.write(2, 5).write(4, 4).write(2, 4).write(1, 1))).toBeUndefined();
    expect(config((bits) => bits.write(2, 5).write(4, 4).write(11, 4))).toBeUndefined();
    expect(config((bits) => bits.write(2, 5).write(4, 4).write(0, 4))).toBeUndefined();
  });

  it("may write out its layout", () => {
    const layout = (
      front: readonly number[],
      side: readonly number[],
      back: readonly number[],
      lows: number,
    ) =>
      config((bits) => {
        bits.write(2, 5).write(4, 4).write(0, 4).write(0, 3);
        bits.write(0, 10).write(front.length, 4).write(side.length, 4).write(back.length, 4).write(lows, 2);
        bits.write(0, 3).write(0, 4).write(1, 1).write(0, 4).write(0, 2);
        for (const isPair of [...front, ...side, ...back]) bits.write(isPair, 1).write(0, 4);
        bits
          .write(0, 4 * lows)
          .align()
          .write(3, 8)
          .write(0, 24);
        bits.write(2, 5);
      })?.order;
    expect(layout([1], [], [], 1)).toEqual([0, 1, 2]);
    expect(layout([1], [], [1], 0)).toEqual([0, 1, 2, 3]);
    expect(layout([0, 1], [1], [0], 1)).toEqual([2, 0, 1, 5, 6, 4, 3]);
    expect(layout([0, 1, 1], [], [1], 1)).toEqual([2, 6, 7, 0, 1, 4, 5, 3]);
    expect(layout([1, 1, 1], [1, 1], [], 0)).toBeUndefined();
  });
});
