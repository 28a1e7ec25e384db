import { decibels, magnitudeAt, noise, peak, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered } from "../dsp.test-support.ts";

const amplitude = (db: number): number => 10 ** (db / 20);

/** Returns the level at which the compressor settles for a constant level, both in dB. */
function settledLevel(settings: object, level: number): number {
  const { left } = filtered({ compressor: settings }, constant(amplitude(level), 48_000));
  return decibels(left.at(-1) ?? 0);
}

describe("compressor", () => {
  it.each([
    { threshold: -24, ratio: 4, knee: 0, gain: 0 },
    { threshold: -30, ratio: 2, knee: 12, gain: 6 },
    { threshold: -12, ratio: 20, knee: 24, gain: 3 },
    { threshold: -60, ratio: 1, knee: 6, gain: 12 },
  ])("has the static curve of $threshold dB, $ratio:1, knee $knee dB, gain $gain dB", (settings) => {
    const { threshold, ratio, knee, gain } = settings;
    const slope = 1 - 1 / ratio;
    for (let level = -60; level <= 0; level += 3) {
      const over = level - threshold;
      const attenuation =
        over <= -knee / 2
          ? 0
          : over >= knee / 2
            ? slope * over
            : (slope * (over + knee / 2) ** 2) / (2 * knee);
      expect(settledLevel({ ...settings, attack: 1, release: 50 }, level)).toBeCloseTo(
        level - attenuation + gain,
        3,
      );
    }
  });

  it("follows the peaks of a tone", () => {
    const settings = { threshold: -20, ratio: 4, attack: 5, release: 500, knee: 0 };
    const { left } = filtered({ compressor: settings }, tone(1000, 2, 1));
    const level = decibels(magnitudeAt(left.subarray(48_000), 1000));
    expect(level).toBeCloseTo(-15, 1);
  });

  /** Returns when the attenuation of a jump has changed by the share 1 − 1/e, in ms after the jump. */
  function timeConstant(settings: object, before: number, after: number): number {
    const jump = 48_000;
    const samples = constant(amplitude(before), 2 * jump).fill(amplitude(after), jump);
    const { left } = filtered({ compressor: { ratio: 20, knee: 0, ...settings } }, samples);
    const gains = left.map((sample, at) => decibels(sample / (samples[at] ?? 1)));
    const [start, end] = [gains[jump - 1] ?? 0, gains.at(-1) ?? 0];
    const reached = gains.findIndex(
      (gain, at) => at > jump && Math.abs(gain - start) >= (1 - 1 / Math.E) * Math.abs(end - start),
    );
    return (1000 * (reached - jump)) / 48_000;
  }

  it.each([1, 10, 100])("attacks with a time constant of %d ms", (attack) => {
    const settings = { threshold: -40, attack, release: 2000 };
    expect(timeConstant(settings, -60, -10) / attack).toBeCloseTo(1, 1);
  });

  it.each([50, 150])("releases with a time constant of %d ms", (release) => {
    const settings = { threshold: -40, attack: 0.1, release };
    expect(timeConstant(settings, -10, -60) / release).toBeCloseTo(1, 1);
  });

  it("attenuates both channels equally", () => {
    const [left, right] = [noise(9600, 0.8, 1), constant(0.01, 9600)];
    const out = filtered({ compressor: { ratio: 8, threshold: -40 } }, left, right);
    for (let at = 0; at < 9600; at += 97) {
      const gain = (out.right[at] ?? 0) / 0.01;
      expect(out.left[at]).toBeCloseTo((left[at] ?? 0) * gain, 6);
    }
  });

  it("passes what is below the knee unchanged", () => {
    const samples = noise(9600, amplitude(-40), 3);
    const { left } = filtered({ compressor: { ratio: 10, threshold: -24, knee: 6 } }, samples);
    expect(peak(left.map((sample, at) => sample - (samples[at] ?? 0)))).toBeLessThan(1e-7);
  });
});
