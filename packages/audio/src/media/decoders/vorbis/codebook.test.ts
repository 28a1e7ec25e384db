import { describe, expect, it } from "vitest";
import { Codebook } from "./codebook.ts";
import { LowBitWriter } from "./random-stream.test-support.ts";
import { VorbisBits } from "./vorbis-bits.ts";

/** Reads a codebook of vectors whose codes have two or three bits each. */
function readCodebook(type: number, values: readonly number[], isSequence: boolean, entries = 8): Codebook {
  const writer = new LowBitWriter().write(0x56_43_42, 24).write(2, 16).write(entries, 24);
  writer.write(0, 2);
  for (let entry = 0; entry < entries; entry++) writer.write(Math.log2(entries) - 1, 5);
  // From −1 on, in steps of 0.5.
  writer.write(type, 4).write(1, 21).write(788, 10).write(1, 1).write(1, 21).write(787, 10).write(0, 1);
  writer
    .write(2, 4)
    .write(isSequence ? 1 : 0, 1)
    .writeAll(values, 3);
  const bits = new VorbisBits();
  bits.load(writer.bytes());
  return new Codebook(bits, 1_000);
}

describe("Codebook", () => {
  it("combines a few numbers to vectors, the first one changing fastest", () => {
    const { vectors } = readCodebook(1, [0, 5], false, 4);
    expect(vectors).toEqual(Float32Array.of(-1, -1, 1.5, -1, -1, 1.5, 1.5, 1.5));
  });

  it("reads a number for each dimension of each entry", () => {
    const { vectors } = readCodebook(2, [0, 1, 2, 3, 4, 5, 6, 7], false, 4);
    expect(vectors).toEqual(Float32Array.of(-1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5));
  });

  it("adds up the numbers of a sequence", () => {
    const { vectors } = readCodebook(2, [0, 1, 2, 3, 4, 5, 6, 7], true, 4);
    expect(vectors).toEqual(Float32Array.of(-1, -1.5, 0, 0.5, 1, 2.5, 2, 4.5));
  });

  it.each([
    ["vectors that the header does not contain", 2, [0, 1], 8],
    ["an unknown kind of vectors", 3, [0, 1, 2, 3], 4],
  ] as const)("refuses %s", (_, type, values, entries) => {
    expect(() => readCodebook(type, values, false, entries)).toThrow(RangeError);
  });
});
