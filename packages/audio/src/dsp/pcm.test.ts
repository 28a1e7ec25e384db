import { describe, expect, it } from "vitest";
import { fromInt16, toInt16 } from "./pcm.ts";

const convert = (left: number[], right = left) => {
  const output = new Int16Array(2 * left.length);
  toInt16(Float32Array.from(left), Float32Array.from(right), left.length, output);
  return output;
};

describe("conversion to 16-bit samples", () => {
  it("rounds to the nearest value and interleaves", () => {
    expect([...convert([0.5, -0.25], [-1, 1e-5])]).toEqual([16_384, -32_768, -8192, 0]);
    expect([...convert([1.4, 1.6, -1.4, -1.6].map((sample) => sample / 32_768))]).toEqual([
      1, 1, 2, 2, -1, -1, -2, -2,
    ]);
  });

  it("clips at full scale", () => {
    expect([...convert([1, 1.5, -1, -1.5, 1e30], [0, 0, 0, 0, -1e30])]).toEqual([
      32_767, 0, 32_767, 0, -32_768, 0, -32_768, 0, 32_767, -32_768,
    ]);
  });

  it("replaces NaN with silence", () => {
    expect([...convert([Number.NaN])]).toEqual([0, 0]);
    expect([...convert([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY])]).toEqual([32_767, -32_768]);
  });

  it("round-trips exactly", () => {
    const all = Int16Array.from({ length: 65_536 }, (_, at) => at - 32_768);
    const left = new Float32Array(32_768);
    const right = new Float32Array(32_768);
    fromInt16(all, left, right, 32_768);
    const back = new Int16Array(65_536);
    toInt16(left, right, 32_768, back);
    expect(back).toEqual(all);
  });
});
