import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToMix } from "./mixing.ts";

const mix = (...inputs: number[][]): number[] => {
  const sum = new Int16Array(inputs[0]?.length ?? 0);
  for (const input of inputs) addToMix(sum, Int16Array.from(input), input.length);
  return [...sum];
};

describe("the mixer", () => {
  it.each([
    [1000, 2000, 1000 + 2000 - 61],
    [-1000, -2000, -1000 - 2000 + 61],
    [1000, -2000, -1000],
    [-5, 0, -5],
    [32_767, 32_767, 32_767],
    [-32_768, -32_768, -32_768],
    [32_767, -32_768, -1],
    [20_000, 20_000, 40_000 - 12_207],
    [-20_000, -20_000, -40_000 + 12_207],
  ])("makes %d and %d into %d", (a, b, sum) => {
    expect(mix([a], [b])).toEqual([sum]);
  });

  it("passes one input unchanged, and returns silence for none", () => {
    const input = [5, -32_768, 32_767, 0];
    expect(mix(input)).toEqual(input);
    expect(mix([0, 0])).toEqual([0, 0]);
  });

  it("adds inputs in their order", () => {
    expect(mix([30_000], [-20_000], [25_000])).toEqual([35_000 - 7629]);
    expect(mix([30_000], [25_000], [-20_000])).toEqual([55_000 - 22_888 - 20_000]);
  });

  it("never overflows", () => {
    const sample = fc.integer({ min: -32_768, max: 32_767 });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 8 }), (samples) => {
        let exact = 0;
        for (const b of samples) {
          if (exact < 0 && b < 0) exact += b + Math.trunc((exact * b) / 32_768);
          else if (exact > 0 && b > 0) exact += b - Math.trunc((exact * b) / 32_767);
          else exact += b;
        }
        expect(mix(...samples.map((one) => [one]))).toEqual([exact + 0]);
      }),
    );
  });
});
