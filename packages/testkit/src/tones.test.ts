import { describe, expect, it } from "vitest";
import { decibels, dominantFrequency, magnitudeAt, noise, peak, rms, sharpestCorner, tone } from "./tones.ts";

describe("a tone", () => {
  it.each([48_000, 44_100])("is measured with its own frequency and amplitude at %d Hz", (sampleRate) => {
    const samples = tone(997, 0.5, 0.25, sampleRate);
    expect(samples).toHaveLength(sampleRate / 2);
    expect(magnitudeAt(samples, 997, sampleRate)).toBeCloseTo(0.25, 4);
    expect(magnitudeAt(samples, 1500, sampleRate)).toBeLessThan(1e-6);
    expect(dominantFrequency(samples, sampleRate)).toBeCloseTo(997, 1);
    expect(rms(samples)).toBeCloseTo(0.25 * Math.SQRT1_2, 3);
    expect(peak(samples)).toBeCloseTo(0.25, 3);
    expect(sharpestCorner(samples)).toBeCloseTo(0.25 * ((2 * Math.PI * 997) / sampleRate) ** 2, 4);
  });

  it("has a sharp corner at a cut", () => {
    const samples = tone(440, 0.1);
    const cut = Float32Array.from([...samples.subarray(0, 1000), ...samples.subarray(1030)]);
    expect(sharpestCorner(cut)).toBeGreaterThan(10 * sharpestCorner(samples));
  });
});

it("silence and half a wave have no frequency", () => {
  expect(dominantFrequency(new Float32Array(100))).toBe(0);
  expect(dominantFrequency(tone(10, 0.05))).toBe(0);
});

it("noise is the same for the same seed only, and stays within its bounds", () => {
  expect(noise(100, 0.5, 3)).toEqual(noise(100, 0.5, 3));
  expect(noise(100, 0.5, 3)).not.toEqual(noise(100, 0.5, 4));
  expect(peak(noise(10_000, 0.5))).toBeLessThanOrEqual(0.5);
  expect(rms(noise(10_000, 0.5))).toBeCloseTo(0.5 / Math.sqrt(3), 2);
});

it("converts ratios to dB", () => {
  expect(decibels(10)).toBe(20);
});
