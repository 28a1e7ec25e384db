import { describe, expect, it } from "vitest";
import { PrefixCode } from "./prefix-code.ts";
import { LowBitWriter } from "./random-stream.test-support.ts";
import { VorbisBits } from "./vorbis-bits.ts";

/** Writes codes, whose first bit is sent first, and returns a reader of them. */
function bitsOf(codes: readonly string[]): VorbisBits {
  const writer = new LowBitWriter();
  for (const bit of codes.join("")) writer.write(Number(bit), 1);
  const bits = new VorbisBits();
  bits.load(writer.bytes());
  bits.end = codes.join("").length;
  return bits;
}

describe("PrefixCode", () => {
  it("assigns the codes of the example in the specification", () => {
    // Vorbis I, 3.2.1.
    const code = new PrefixCode(Uint8Array.of(2, 4, 4, 4, 4, 2, 3, 3));
    const bits = bitsOf(["00", "0100", "0101", "0110", "0111", "10", "110", "111"]);
    expect(Array.from({ length: 8 }, () => code.decode(bits))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(code.decode(bits)).toBe(-1);
  });

  it("decodes codes up to 32 bits, and skips entries that are not used", () => {
    const lengths = Uint8Array.from({ length: 34 }, (_, index) =>
      index === 5 ? 0 : index < 5 ? index + 1 : index,
    );
    lengths[33] = 32;
    const code = new PrefixCode(lengths);
    const entries = [...lengths.keys()].filter((entry) => entry !== 5);
    const codes = entries.map((entry) =>
      entry === 33 ? "1".repeat(32) : `${"1".repeat((lengths[entry] ?? 0) - 1)}0`,
    );
    const bits = bitsOf(codes);
    expect(entries.map(() => code.decode(bits))).toEqual(entries);
  });

  it("returns −1 for a code that the packet does not complete", () => {
    const code = new PrefixCode(
      Uint8Array.from([...Array.from({ length: 12 }, (_, index) => index + 1), 12]),
    );
    for (const cut of ["1", "1111", "1111111111", "11111111111"])
      expect(code.decode(bitsOf([cut])), cut).toBe(-1);
  });

  it("spends one bit, either one, on a single entry", () => {
    const code = new PrefixCode(Uint8Array.of(0, 1, 0));
    const bits = bitsOf(["0", "1"]);
    expect([code.decode(bits), code.decode(bits), code.decode(bits)]).toEqual([1, 1, -1]);
  });

  it.each([
    ["missing codes", [2, 2, 2]],
    ["too many codes", [1, 1, 2]],
    ["a single entry with a longer code", [0, 2]],
  ])("refuses %s", (_, lengths) => {
    expect(() => new PrefixCode(Uint8Array.from(lengths))).toThrow(RangeError);
  });
});
