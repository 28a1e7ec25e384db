import { decibels, magnitudeAt, noise, peak, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered, maxDifference } from "../dsp.test-support.ts";

const length = 4800;
const left = noise(length, 0.4, 1);
const right = noise(length, 0.4, 2);

describe("channelmix", () => {
  it.each([
    { leftToLeft: 0, leftToRight: 1, rightToLeft: 1, rightToRight: 0 },
    { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 },
    { leftToLeft: 1, leftToRight: 0, rightToLeft: 0, rightToRight: -1 },
    { leftToLeft: 0.3, leftToRight: -0.2, rightToLeft: 0.9, rightToRight: 0.1 },
  ])("%j", (settings) => {
    const out = filtered({ channelmix: settings }, left, right);
    const expectedLeft = left.map(
      (l, at) => settings.leftToLeft * l + settings.rightToLeft * (right[at] ?? 0),
    );
    const expectedRight = left.map(
      (l, at) => settings.leftToRight * l + settings.rightToRight * (right[at] ?? 0),
    );
    expect(maxDifference(out.left, expectedLeft)).toBeLessThan(1e-6);
    expect(maxDifference(out.right, expectedRight)).toBeLessThan(1e-6);
  });

  it("clips to full scale, even with extreme settings", () => {
    const settings = { leftToLeft: 1e308, rightToLeft: -1e308, leftToRight: 3 };
    const out = filtered({ channelmix: settings }, left, right);
    expect(out.left.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    expect(peak(out.right)).toBe(1);
  });
});

describe("volume", () => {
  it.each([0.1, 0.5, 0.97, 1.03, 2])("multiplies by %d", (volume) => {
    const out = filtered({ volume }, left, right);
    expect(
      maxDifference(
        out.left,
        left.map((sample) => sample * volume),
      ),
    ).toBeLessThan(1e-6);
    expect(
      maxDifference(
        out.right,
        right.map((sample) => sample * volume),
      ),
    ).toBeLessThan(1e-6);
  });

  it("is silent at 0", () => {
    const out = filtered({ volume: 0 }, left, right);
    expect(peak(out.left) + peak(out.right)).toBe(0);
  });

  it("clips to full scale", () => {
    expect(peak(filtered({ volume: 5 }, left, right).left)).toBe(1);
  });

  it.each([0.985, 1.015])("is skipped at %d although it is enabled", (volume) => {
    expect(filtered({ volume }, left, right)).toEqual({ left, right });
  });
});

describe("karaoke", () => {
  it("removes the centre", () => {
    const out = filtered({ karaoke: { monoLevel: 0 } }, left);
    expect(peak(out.left)).toBe(0);
    expect(peak(out.right)).toBe(0);
  });

  it("removes part of the centre", () => {
    const out = filtered({ karaoke: { level: 0.25, monoLevel: 0 } }, left);
    expect(
      maxDifference(
        out.left,
        left.map((sample) => sample * 0.75),
      ),
    ).toBeLessThan(1e-6);
  });

  it("keeps the difference of the channels: l − r and r − l", () => {
    const out = filtered({ karaoke: { monoLevel: 0 } }, left, right);
    expect(
      maxDifference(
        out.left,
        left.map((l, at) => l - (right[at] ?? 0)),
      ),
    ).toBeLessThan(1e-6);
    expect(
      maxDifference(
        out.right,
        right.map((r, at) => r - (left[at] ?? 0)),
      ),
    ).toBeLessThan(1e-6);
  });

  const bands = [
    { filterBand: 220, filterWidth: 101, monoLevel: 1 },
    { filterBand: 500, filterWidth: 50, monoLevel: 0.5 },
    { filterBand: 100, filterWidth: 300, monoLevel: 1 },
  ];
  it.each(bands)("adds a band of the mono signal back: %j", ({ filterBand, filterWidth, monoLevel }) => {
    const c = Math.exp((-2 * Math.PI * filterWidth) / 48_000);
    const b = ((-4 * c) / (1 + c)) * Math.cos((2 * Math.PI * filterBand) / 48_000);
    const a = Math.sqrt(1 - (b * b) / (4 * c)) * (1 - c);
    const settings = { filterBand, filterWidth, monoLevel };
    for (const frequency of [filterBand / 2, filterBand, filterBand * 2, filterBand * 8]) {
      const w = (2 * Math.PI * frequency) / 48_000;
      const real = 1 + b * Math.cos(w) + c * Math.cos(2 * w);
      const imaginary = b * Math.sin(w) + c * Math.sin(2 * w);
      const out = filtered({ karaoke: settings }, tone(frequency, 2, 0.5));
      const gain = magnitudeAt(out.left.subarray(48_000), frequency) / 0.5;
      expect(decibels(gain)).toBeCloseTo(decibels((monoLevel * a) / Math.hypot(real, imaginary)), 1);
      expect(out.right).toEqual(out.left);
    }
  });

  it.each([-1e9, 0, 1e300])("stays stable with a width of %d Hz", (filterWidth) => {
    const out = filtered({ karaoke: { filterWidth, filterBand: -1e300 } }, left, right);
    expect(peak(out.left)).toBeLessThan(10);
  });
});

describe("lowpass", () => {
  const gainAt = (smoothing: number, frequency: number): number => {
    const out = filtered({ lowpass: { smoothing } }, tone(frequency, 1, 0.2));
    return decibels(magnitudeAt(out.left.subarray(24_000), frequency) / 0.2);
  };
  const formula = (smoothing: number, frequency: number): number => {
    const w = (2 * Math.PI * frequency) / 48_000;
    const share = 1 / smoothing;
    return decibels(share / Math.hypot(1 - (1 - share) * Math.cos(w), (1 - share) * Math.sin(w)));
  };

  it.each([2, 5, 10, 40, 200, 0.8])("has the response of the formula at smoothing %d", (smoothing) => {
    for (const frequency of [20, 100, 392, 1000, 5000, 15_000]) {
      expect(gainAt(smoothing, frequency)).toBeCloseTo(formula(smoothing, frequency), 1);
    }
  });

  it.each([5, 10, 40])("is 3 dB down where the protocol requires at smoothing %d", (smoothing) => {
    const corner = (-48_000 / (2 * Math.PI)) * Math.log(1 - 1 / smoothing);
    expect(gainAt(smoothing, corner)).toBeCloseTo(-3, 0);
  });

  it("falls by 6 dB per octave", () => {
    expect(gainAt(100, 2000) - gainAt(100, 1000)).toBeCloseTo(-6, 1);
  });

  it("starts at the first sample", () => {
    expect(filtered({ lowpass: { smoothing: 1000 } }, constant(0.5, 100)).left).toEqual(constant(0.5, 100));
  });

  it.each([0.5, 0.1, 1e-300, 0, -3])("stays stable with %d", (smoothing) => {
    const out = filtered({ lowpass: { smoothing } }, left, right);
    expect(peak(out.left)).toBeLessThan(20);
  });
});
