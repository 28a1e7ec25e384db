import { decibels, magnitudeAt, peak, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { filtered } from "../dsp.test-support.ts";

const centres = [25, 40, 63, 100, 160, 250, 400, 630, 1000, 1600, 2500, 4000, 6300, 10_000, 16_000];
const quiet = 0.05;

/** Gain at a frequency as measured with a tone, once the bands have settled. */
function measured(gains: readonly number[], frequency: number): number {
  const bands = gains.map((gain, band) => ({ band, gain }));
  const { left } = filtered({ equalizer: { bands } }, tone(frequency, 2, quiet));
  return magnitudeAt(left.subarray(48_000), frequency) / quiet;
}

/** Gain at a frequency by the formula of the protocol, section 12.4: |1 + 4·Σ gain·H(z)| on the unit circle. */
function expected(gains: readonly number[], frequency: number): number {
  const w = (2 * Math.PI * frequency) / 48_000;
  let real = 1;
  let imaginary = 0;
  for (const [band, gain] of gains.entries()) {
    const middle = (2 * Math.PI * (centres[band] ?? 0)) / 48_000;
    const edge = middle * 2 ** (-1 / 3);
    const k = (Math.cos(edge) - Math.cos(middle)) / Math.sin(edge);
    const beta = (1 - k) / (1 + k);
    const alpha = (1 - beta) / 2;
    const gamma = (1 + beta) * Math.cos(middle);
    const above = [alpha * (1 - Math.cos(2 * w)), alpha * Math.sin(2 * w)] as const;
    const below = [
      1 - gamma * Math.cos(w) + beta * Math.cos(2 * w),
      gamma * Math.sin(w) - beta * Math.sin(2 * w),
    ] as const;
    const norm = below[0] ** 2 + below[1] ** 2;
    real += (4 * gain * (above[0] * below[0] + above[1] * below[1])) / norm;
    imaginary += (4 * gain * (above[1] * below[0] - above[0] * below[1])) / norm;
  }
  return Math.hypot(real, imaginary);
}

const only = (band: number, gain: number) => centres.map((_, index) => (index === band ? gain : 0));

describe("one band", () => {
  it.each(centres.map((centre, band) => ({ centre, band })))("at $centre Hz", ({ centre, band }) => {
    expect(decibels(measured(only(band, 0.25), centre))).toBeCloseTo(decibels(2), 2);
    expect(decibels(measured(only(band, 1), centre))).toBeCloseTo(decibels(5), 2);
    expect(decibels(measured(only(band, -0.125), centre))).toBeCloseTo(decibels(0.5), 2);
    expect(decibels(measured(only(band, -0.25), centre))).toBeLessThan(-80);
  });

  it("is two thirds of an octave wide at −3 dB of its own output", () => {
    const lower = 1000 * 2 ** (-1 / 3);
    // 1 + 4·0.25·H is 1 + H, and at the edge H is (1 ± i)/2.
    expect(measured(only(8, 0.25), lower)).toBeCloseTo(Math.hypot(1.5, 0.5), 3);
  });
});

const curves: readonly [name: string, gains: readonly number[]][] = [
  ["more bass", [0.25, 0.2, 0.15, 0.1, 0.05, ...new Array<number>(10).fill(0)]],
  ["less of everything", new Array<number>(15).fill(-0.1)],
  ["up and down in turn", centres.map((_, band) => (band % 2 === 0 ? 0.25 : -0.2))],
  ["the last of an odd number of bands", [0.1, 0, 0, 0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.2]],
];
const between = centres.slice(1).map((centre, index) => Math.sqrt(centre * (centres[index] ?? centre)));
const probes = [
  ...centres.filter((_, band) => band % 3 === 0),
  ...between.filter((_, index) => index % 2 === 0),
];

describe.each(curves)("the response to gains (%s) matches the formula", (_name, gains) => {
  it.each(probes.map((frequency) => Math.round(frequency)))("at %d Hz", (frequency) => {
    expect(decibels(measured(gains, frequency))).toBeCloseTo(decibels(expected(gains, frequency)), 1);
  });
});

it("clips to full scale", () => {
  const { left } = filtered({ equalizer: [{ band: 8, gain: 1 }] }, tone(1000, 0.5, 0.9));
  expect(peak(left)).toBe(1);
});

it("processes the channels independently", () => {
  const { left, right } = filtered(
    { equalizer: [{ band: 8, gain: 0.25 }] },
    tone(1000, 0.5, 0.1),
    tone(50, 0.5, 0),
  );
  expect(peak(left)).toBeCloseTo(0.2, 2);
  expect(peak(right)).toBe(0);
});
