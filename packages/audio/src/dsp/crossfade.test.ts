import { noise, rms, sharpestCorner, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { Crossfade } from "./crossfade.ts";
import { constant } from "./dsp.test-support.ts";

/** A fade of both channels in blocks of 960. */
function fade(leaving: Float32Array, coming: Float32Array, length: number): Float32Array {
  const crossfade = new Crossfade(length);
  const out = leaving.slice();
  const other = leaving.slice();
  for (let at = 0; at < out.length; at += 960) {
    const part = [out, other, coming, coming].map((samples) => samples.subarray(at, at + 960));
    const [left = out, right = out, comingLeft = out, comingRight = out] = part;
    crossfade.mix(left, right, comingLeft, comingRight, left.length);
  }
  expect(crossfade.remaining).toBe(0);
  expect(other).toEqual(out);
  return out;
}

describe("a crossfade", () => {
  it("falls with a cosine and rises with a sine", () => {
    const length = 4800;
    const [falling, rising] = [
      fade(constant(1, length), constant(0, length), length),
      fade(constant(0, length), constant(1, length), length),
    ];
    expect(falling[0]).toBeCloseTo(1, 3);
    expect(rising[0]).toBeCloseTo(0, 3);
    expect(falling[2400]).toBeCloseTo(Math.SQRT1_2, 3);
    expect(rising[4799]).toBeCloseTo(1, 3);
    for (const at of [0, 1000, 2000, 3000, 4799]) {
      expect((falling[at] ?? 0) ** 2 + (rising[at] ?? 0) ** 2).toBeCloseTo(1, 5);
    }
  });

  it("keeps the power of uncorrelated signals", () => {
    const out = fade(noise(96_000, 0.5, 1), noise(96_000, 0.5, 2), 96_000);
    const levels = Array.from({ length: 10 }, (_, part) => rms(out.subarray(part * 9600, (part + 1) * 9600)));
    for (const level of levels) expect(level).toBeCloseTo(0.5 / Math.sqrt(3), 2);
  });

  it("passes only the new signal afterwards, even within a block", () => {
    const coming = noise(3000, 0.5, 3);
    const out = fade(noise(3000, 0.5, 4), coming, 1111);
    expect(out.subarray(1111)).toEqual(coming.subarray(1111));
    expect(out.subarray(0, 1111)).not.toEqual(coming.subarray(0, 1111));
  });

  it("does not click", () => {
    const out = fade(tone(300, 0.5), tone(500, 0.5), 9600);
    expect(sharpestCorner(out)).toBeLessThan(0.5 * ((2 * Math.PI * 500) / 48_000) ** 2 * 1.2);
  });

  it.each([0, -1])("of length %d switches at once", (length) => {
    const coming = noise(960, 0.5, 5);
    expect(fade(noise(960, 0.5, 6), coming, length)).toEqual(coming);
  });
});
