import { dominantFrequency, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered, maxDifference } from "../dsp.test-support.ts";

const seconds = 2;
const length = seconds * 48_000;
const sines = (frequency: number) =>
  Float64Array.from({ length }, (_, at) => Math.sin((2 * Math.PI * frequency * at) / 48_000));

describe("tremolo", () => {
  it.each([
    { frequency: 2, depth: 0.8 },
    { frequency: 5.5, depth: 0.5 },
    { frequency: 0.5, depth: 1 },
    { frequency: 200, depth: 0.1 },
  ])("modulates the gain between 1 − $depth and 1 at $frequency Hz", (settings) => {
    // The output for a constant input of 1 is the gain itself.
    const { left, right } = filtered({ tremolo: settings }, constant(1, length));
    const { depth, frequency } = settings;
    const formula = sines(frequency).map((sine) => 1 - depth / 2 + (depth / 2) * sine);
    expect(maxDifference(left, formula)).toBeLessThan(1e-6);
    expect(right).toEqual(left);
    expect(Math.min(...left)).toBeCloseTo(1 - depth, 5);
    expect(Math.max(...left)).toBeCloseTo(1, 5);
  });
});

describe("rotation", () => {
  it.each([0.2, 1, 20, -1])("rotates at %d Hz", (rotationHz) => {
    const { left, right } = filtered({ rotation: { rotationHz } }, constant(1, length), constant(-1, length));
    expect(
      maxDifference(
        left,
        sines(rotationHz).map((sine) => (1 + sine) / 2),
      ),
    ).toBeLessThan(1e-6);
    expect(
      maxDifference(
        right,
        sines(rotationHz).map((sine) => (sine - 1) / 2),
      ),
    ).toBeLessThan(1e-6);
  });

  it("stays in the middle at 0 Hz", () => {
    const { left, right } = filtered({ rotation: { rotationHz: 0 } }, constant(1, length));
    expect(left).toEqual(constant(0.5, length));
    expect(right).toEqual(left);
  });
});

describe("vibrato", () => {
  it.each([
    { frequency: 2, depth: 1 },
    { frequency: 14, depth: 0.25 },
    { frequency: 0.3, depth: 0.7 },
  ])("delays by the formula: $frequency Hz, depth $depth", ({ frequency, depth }) => {
    // For a ramp, the difference from the input is the delay, and the interpolation is exact.
    const ramp = Float32Array.from({ length: 48_000 }, (_, at) => at / 2 ** 16);
    const { left } = filtered({ vibrato: { frequency, depth } }, ramp);
    const delays = ramp.map((sample, at) => (sample - (left[at] ?? 0)) * 2 ** 16);
    const formula = sines(frequency).map((sine) => ((sine + 1) / 2) * depth * 96 + 3 + 1);
    expect(maxDifference(delays.subarray(200), formula.subarray(200, 48_000))).toBeLessThan(0.01);
  });

  it("modulates the pitch by the slope of the delay", () => {
    const [frequency, depth, pitch] = [4, 0.5, 1000];
    const { left } = filtered({ vibrato: { frequency, depth } }, tone(pitch, 2));
    // The delay changes fastest where its sine passes zero: by π·frequency·depth·0.002 s per second.
    const deviation = Math.PI * frequency * depth * 0.002;
    const around = (second: number) => left.subarray((second - 0.01) * 48_000, (second + 0.01) * 48_000);
    expect(dominantFrequency(around(1)) / pitch).toBeCloseTo(1 - deviation, 3);
    expect(dominantFrequency(around(1 + 0.5 / frequency)) / pitch).toBeCloseTo(1 + deviation, 3);
    expect(dominantFrequency(left)).toBeCloseTo(pitch, 0);
  });

  it("preserves the level", () => {
    const { left } = filtered({ vibrato: { frequency: 6, depth: 1 } }, constant(0.5, 4800));
    expect(maxDifference(left.subarray(200), constant(0.5, 4600))).toBeLessThan(1e-6);
  });
});
