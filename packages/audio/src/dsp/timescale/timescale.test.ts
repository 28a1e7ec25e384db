import { dominantFrequency, magnitudeAt, noise, peak, rms, sharpestCorner, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered, maxDifference } from "../dsp.test-support.ts";

const seconds = 4;
const frequency = 440;

/** Returns the middle of a sound, without its ends, where a tone is not steady. */
const middle = (samples: Float32Array) => samples.subarray(samples.length / 10, (samples.length * 9) / 10);

describe.each([
  { speed: 0.5 },
  { speed: 0.8 },
  { speed: 1.25 },
  { speed: 2 },
  { speed: 0.1 },
  { speed: 10 },
  { pitch: 0.5 },
  { pitch: 0.8 },
  { pitch: 1.25 },
  { pitch: 2 },
  { rate: 0.5 },
  { rate: 0.8 },
  { rate: 1.25 },
  { rate: 2 },
  { speed: 1.1, pitch: 1.2 },
  { speed: 0.8, rate: 1.25 },
  { speed: 2, pitch: 0.8, rate: 0.5 },
  { speed: 1.3, pitch: 1.6, rate: 1.1 },
])("%j", (settings) => {
  const { speed, pitch, rate } = { speed: 1, pitch: 1, rate: 1, ...settings };
  const { left, right } = filtered(
    { timescale: settings },
    tone(frequency, seconds),
    tone(frequency * 1.5, seconds),
  );

  it("has the expected duration", () => {
    expect(left.length / 48_000).toBeCloseTo(seconds / (speed * rate), 2);
    expect(right.length).toBe(left.length);
  });

  it("has the expected pitch on both sides", () => {
    const expected = frequency * pitch * rate;
    expect(Math.abs(dominantFrequency(left) / expected - 1)).toBeLessThan(0.005);
    expect(Math.abs(dominantFrequency(right) / (expected * 1.5) - 1)).toBeLessThan(0.005);
  });

  it("keeps the loudness and does not click", () => {
    expect(rms(left)).toBeCloseTo(0.5 * Math.SQRT1_2, 2);
    expect(peak(left)).toBeLessThan(0.55);
    const smooth = 0.5 * ((2 * Math.PI * frequency * pitch * rate) / 48_000) ** 2;
    expect(sharpestCorner(middle(left))).toBeLessThan(smooth * 1.5 + 0.001);
  });
});

/**
 * Returns the mean amplitude at a frequency in pieces of 0.2 s. Splices shift phases, which cancels it over
 * longer ones.
 */
function shortTimeMagnitude(samples: Float32Array, frequency: number): number {
  const pieces = Math.floor(samples.length / 9600);
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++) {
    sum += magnitudeAt(samples.subarray(piece * 9600, (piece + 1) * 9600), frequency);
  }
  return sum / pieces;
}

it.each([{ speed: 0.85, pitch: 1.1 }, { speed: 0.5 }, { speed: 1.5 }, { pitch: 1.5 }, { pitch: 0.7 }])(
  "preserves a chord: %j",
  (settings) => {
    const chord = [220, 277.18, 329.63, 440];
    const tones = chord.map((frequency) => tone(frequency, 4, 0.2));
    const sum = new Float32Array(4 * 48_000);
    for (const one of tones) for (const [at, sample] of one.entries()) sum[at] = (sum[at] ?? 0) + sample;
    const out = middle(filtered({ timescale: settings }, sum).left);
    for (const frequency of chord) {
      const expected = frequency * (settings.pitch ?? 1);
      expect(shortTimeMagnitude(out, expected)).toBeCloseTo(0.2, 1);
      expect(shortTimeMagnitude(out, expected + 25)).toBeLessThan(0.02);
    }
  },
);

it("keeps the loudness of noise constant", () => {
  const out = middle(filtered({ timescale: { speed: 0.7 } }, noise(4 * 48_000, 0.5)).left);
  const levels = Array.from({ length: 400 }, (_, part) => rms(out.subarray(part * 480, (part + 1) * 480)));
  // A crossfade of uncorrelated pieces loses up to 3 dB, unless the stretcher compensates for it.
  expect(Math.min(...levels)).toBeGreaterThan(0.26);
  expect(Math.max(...levels)).toBeLessThan(0.32);
});

it("preserves stereo positions and phase", () => {
  const left = tone(500, 2);
  const opposite = left.map((sample) => -sample);
  const out = filtered({ timescale: { speed: 0.6 } }, left, opposite);
  expect(
    maxDifference(
      out.left,
      out.right.map((sample) => -sample),
    ),
  ).toBeLessThan(1e-6);
  expect(peak(filtered({ timescale: { speed: 0.6 } }, left, constant(0, left.length)).right)).toBe(0);
});

it("suppresses aliases when the pitch is raised", () => {
  const out = middle(filtered({ timescale: { rate: 2 } }, tone(16_000, 2)).left);
  expect(peak(out)).toBeLessThan(1e-4);
});

it.each([1e-9, 1e9, Number.MIN_VALUE, Number.MAX_VALUE])("stays stable with %d", (factor) => {
  for (const settings of [
    { speed: factor },
    { pitch: factor },
    { rate: factor },
    { pitch: factor, rate: Math.min(1 / factor, 1e300) },
  ]) {
    const { left } = filtered({ timescale: settings }, tone(frequency, 0.5));
    expect(left.length).toBeGreaterThanOrEqual(0.05 * 48_000 - 1);
    expect(left.length).toBeLessThanOrEqual(5 * 48_000 + 1);
    expect(peak(left)).toBeLessThan(1);
  }
});

it.each([1, 10, 479, 480, 2000, 7000])("processes %d samples", (length) => {
  for (const settings of [{ speed: 0.5 }, { speed: 3 }, { pitch: 1.5 }]) {
    const { left } = filtered({ timescale: settings }, tone(frequency, length / 48_000));
    const speed = settings.speed ?? 1;
    expect(Math.abs(left.length - length / speed)).toBeLessThanOrEqual(1.5);
    expect(left.every(Number.isFinite)).toBe(true);
  }
});
