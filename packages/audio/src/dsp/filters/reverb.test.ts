import { decibels, noise, peak, rms } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, feed, valuesAfter } from "../dsp.test-support.ts";
import { FilterChain } from "../filter-chain.ts";

/** Returns the response to an impulse in the left channel. */
function response(settings: object, seconds: number) {
  const left = constant(0, seconds * 48_000).fill(1, 0, 1);
  const chain = new FilterChain(valuesAfter({ reverb: { mix: 1, ...settings } }));
  return feed(chain, { left, right: constant(0, left.length) }).sound;
}

/**
 * Returns the reverberation time in ms by ISO 3382: twice the time in which the backward integrated energy falls from −5 dB to
 * −35 dB.
 */
function reverberationTime(samples: Float32Array): number {
  const energy = new Float64Array(samples.length + 1);
  for (let at = samples.length - 1; at >= 0; at--) {
    energy[at] = (energy[at + 1] ?? 0) + (samples[at] ?? 0) ** 2;
  }
  const whole = energy[0] ?? 0;
  const fallsTo = (db: number) => energy.findIndex((rest) => rest <= whole * 10 ** (db / 10));
  return (2 * (fallsTo(-35) - fallsTo(-5))) / 48;
}

/** Returns the samples below about 500 Hz, and their second difference, which is mostly above 5 kHz. */
function split(samples: Float32Array): { low: Float32Array; high: Float32Array } {
  let state = 0;
  const low = samples.map((sample) => {
    state += (sample - state) * 0.06;
    return state;
  });
  const high = samples.map((sample, at) => sample - 2 * (samples[at - 1] ?? 0) + (samples[at - 2] ?? 0));
  return { low, high };
}

describe("reverb", () => {
  it.each([
    [300, 0.15],
    [500, 0.1],
    [1500, 0.1],
    [4000, 0.1],
    [10_000, 0.1],
  ])("has a reverberation time of %d ms without damping, with an error of at most %d", (decay, error) => {
    const { left, right } = response({ decay, damping: 0 }, 1.2 * (decay / 1000) + 0.5);
    for (const samples of [left, right]) {
      expect(Math.abs(reverberationTime(samples) / decay - 1)).toBeLessThan(error);
    }
  });

  it("shortens the reverberation of high frequencies by damping, and not that of low ones", () => {
    const { low, high } = split(response({ decay: 2000, damping: 0.8 }, 3).left);
    expect(reverberationTime(low)).toBeGreaterThan(1600);
    expect(reverberationTime(high)).toBeLessThan(600);
  });

  it("has dense echoes after a tenth of a second", () => {
    const { left } = response({ decay: 2000, damping: 0 }, 1);
    // No window of 5 ms is silent in comparison with its surroundings.
    for (let at = 4800; at < 24_000; at += 240) {
      const around = rms(left.subarray(at - 2400, at + 2400));
      expect(decibels(rms(left.subarray(at, at + 240)) / around)).toBeGreaterThan(-20);
    }
  });

  it("has different channels", () => {
    const samples = noise(96_000, 0.5, 3);
    const chain = new FilterChain(valuesAfter({ reverb: { decay: 1000, mix: 1 } }));
    const { left, right } = feed(chain, { left: samples, right: samples }).sound;
    let product = 0;
    for (const [at, sample] of left.entries()) product += sample * (right[at] ?? 0);
    expect(Math.abs(product) / (left.length * rms(left) * rms(right))).toBeLessThan(0.3);
  });

  it.each([300, 1500, 10_000])("is at most as loud as the sound at a decay of %d ms", (decay) => {
    const samples = noise(20 * 48_000, 0.5, 3);
    const chain = new FilterChain(valuesAfter({ reverb: { decay, damping: 0, mix: 1 } }));
    const { left } = feed(chain, { left: samples, right: noise(20 * 48_000, 0.5, 4) }).sound;
    const level = decibels(rms(left.subarray(-5 * 48_000)) / rms(samples));
    expect(level).toBeLessThan(1.5);
    expect(level).toBeGreaterThan(-12);
  });

  it("passes the sound at once", () => {
    const { left } = response({ mix: 0.25 }, 0.1);
    expect(left[0]).toBeCloseTo(0.75, 6);
    expect(peak(left.subarray(1, 1433))).toBe(0);
  });
});
