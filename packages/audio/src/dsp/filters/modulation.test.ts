import { decibels, dominantFrequency, magnitudeAt, peak, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, filtered, maxDifference } from "../dsp.test-support.ts";

const seconds = 2;
const length = seconds * 48_000;
const sines = (frequency: number) =>
  Float64Array.from({ length }, (_, at) => Math.sin((2 * Math.PI * frequency * at) / 48_000));

describe("chorus", () => {
  it.each([
    { rate: 1, depth: 0.5, delay: 20 },
    { rate: 10, depth: 1, delay: 1 },
    { rate: 0.5, depth: 0.2, delay: 45 },
  ])("delays by the formula: $rate Hz, depth $depth, $delay ms", ({ rate, depth, delay }) => {
    // For a ramp, the difference from the input is the delay, and the interpolation is exact.
    const ramp = Float32Array.from({ length }, (_, at) => at / 2 ** 17);
    const { left, right } = filtered({ chorus: { rate, depth, delay, mix: 1 } }, ramp);
    for (const [samples, sign] of [
      [left, 1],
      [right, -1],
    ] as const) {
      const delays = ramp.map((sample, at) => (sample - (samples[at] ?? 0)) * 2 ** 17);
      const formula = sines(rate).map((sine) => 48 * (delay + depth * 4 * (1 + sign * sine)));
      expect(maxDifference(delays.subarray(4000), formula.subarray(4000))).toBeLessThan(0.02);
    }
  });

  it("modulates the pitch by the slope of the delay", () => {
    const [rate, depth, pitch] = [2, 0.5, 1000];
    const { left } = filtered({ chorus: { rate, depth, mix: 1 } }, tone(pitch, 2));
    const deviation = 2 * Math.PI * rate * depth * 0.004;
    const around = (second: number) => left.subarray((second - 0.01) * 48_000, (second + 0.01) * 48_000);
    expect(dominantFrequency(around(1)) / pitch).toBeCloseTo(1 - deviation, 3);
    expect(dominantFrequency(around(1 + 0.5 / rate)) / pitch).toBeCloseTo(1 + deviation, 3);
  });

  it("repeats its copy with feedback", () => {
    const impulse = constant(0, 9600).fill(1, 0, 1);
    const { left } = filtered({ chorus: { depth: 0, delay: 10, feedback: 0.5, mix: 1 } }, impulse);
    expect([480, 960, 1440].map((at) => left[at])).toEqual([1, 0.5, 0.25]);
  });
});

describe("phaser", () => {
  const [minFrequency, maxFrequency] = [400, 1600];
  const gainAt = (settings: object, frequency: number): number => {
    const out = filtered({ phaser: { minFrequency, maxFrequency, ...settings } }, tone(frequency, 1, 0.2));
    return decibels(magnitudeAt(out.left.subarray(24_000), frequency) / 0.2);
  };
  /** Frequency at which the phase of a cascade, whose stages have 800 Hz, is an odd multiple of π. */
  const notchOf = (stages: number, multiple: number): number => {
    const tangent = Math.tan((Math.PI * 800) / 48_000) * Math.tan((multiple * Math.PI) / (2 * stages));
    return (48_000 / Math.PI) * Math.atan(tangent);
  };

  it.each([2, 3, 4, 6, 12])("has the notches of %d stages", (stages) => {
    for (let multiple = 1; multiple < stages; multiple += 2) {
      const notch = notchOf(stages, multiple);
      expect(gainAt({ stages, depth: 0, mix: 0.5 }, notch)).toBeLessThan(-40);
      const between = multiple + 1 < stages ? notchOf(stages, multiple + 1) : 23_000;
      if (stages % 2 === 0 || multiple + 2 < stages) {
        expect(gainAt({ stages, depth: 0, mix: 0.5 }, between)).toBeGreaterThan(-1);
      }
    }
  });

  it("changes only the phase at a mix of 1 without feedback", () => {
    for (const frequency of [100, 800, 5000]) {
      expect(gainAt({ depth: 0, mix: 1 }, frequency)).toBeCloseTo(0, 1);
    }
  });

  it("sharpens the peaks by feedback", () => {
    const settings = { stages: 4, depth: 0, mix: 0.5 };
    // Between the notches the cascade turns the phase by 2π, so that it adds to its input.
    expect(gainAt({ ...settings, feedback: 0.5 }, 800)).toBeCloseTo(decibels((1 + 1 / (1 - 0.5)) / 2), 0);
  });

  it("sweeps the notch between the frequencies at its rate", () => {
    // Two stages have one notch, at their own frequency. It passes a tone twice in a period.
    const rate = 2;
    for (const [frequency, times] of [
      [600, 2],
      [800, 2],
      [1100, 2],
      [200, 0],
      [3200, 0],
    ] as const) {
      const settings = { stages: 2, rate, depth: 1, mix: 0.5, minFrequency, maxFrequency };
      const { left } = filtered({ phaser: settings }, tone(frequency, 3, 0.5));
      const levels = Array.from({ length: 100 }, (_, window) =>
        peak(left.subarray(66_000 + 480 * window, 66_000 + 480 * (window + 1))),
      );
      const isQuiet = levels.map((level) => level < 0.12);
      const passes = isQuiet.filter((quiet, window) => quiet && isQuiet[window - 1] !== true).length;
      expect(passes, `${frequency} Hz`).toBe(times * rate);
    }
  });
});
