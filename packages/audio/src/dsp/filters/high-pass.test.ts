import { decibels, magnitudeAt, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered } from "../dsp.test-support.ts";

const gainAt = (cutoff: number, frequency: number): number => {
  const out = filtered({ highpass: { frequency: cutoff } }, tone(frequency, 1, 0.2));
  return decibels(magnitudeAt(out.left.subarray(24_000), frequency) / 0.2);
};

describe("highpass", () => {
  it.each([20, 80, 300, 1000, 5000, 20_000])(
    "has the response of a Butterworth filter at %d Hz",
    (cutoff) => {
      const tangent = (frequency: number) => Math.tan((Math.PI * frequency) / 48_000);
      for (const frequency of [20, 60, 100, 250, 1000, 4000, 12_000]) {
        const expected = -10 * Math.log10(1 + (tangent(cutoff) / tangent(frequency)) ** 4);
        if (expected < -80) continue;
        expect(gainAt(cutoff, frequency)).toBeCloseTo(expected, 1);
      }
    },
  );

  it.each([60, 500, 8000])("is 3 dB down at %d Hz", (cutoff) => {
    expect(gainAt(cutoff, cutoff)).toBeCloseTo(-3.01, 1);
  });

  it("falls by 12 dB per octave", () => {
    expect(gainAt(1000, 125) - gainAt(1000, 62.5)).toBeCloseTo(12, 0);
  });

  it("removes a constant offset", () => {
    const { left } = filtered({ highpass: { frequency: 20 } }, constant(0.5, 96_000));
    expect(Math.abs(left.at(-1) ?? 1)).toBeLessThan(1e-6);
  });
});
