import { decibels, noise, peak, rms, sharpestCorner, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, maxDifference } from "../dsp.test-support.ts";
import { Limiter } from "./limiter.ts";
import { LoudnessMeter } from "./loudness-meter.ts";
import { Normaliser, type NormaliserOptions } from "./normaliser.ts";

const amplitude = (db: number): number => 10 ** (db / 20);

/** Returns the means of two neighbours, which are softer near half of the rate. */
const smooth = (samples: Float32Array): Float32Array =>
  samples.map((sample, at) => (sample + (samples[at - 1] ?? 0)) / 2);

function inBlocks(samples: Float32Array, length: number, work: (block: Float32Array) => void): void {
  for (let at = 0; at < samples.length; at += length) work(samples.subarray(at, at + length));
}

/**
 * Loudness of parts one after the other, each a tone of 1 kHz at a level in dB of full scale on both sides.
 */
function measure(...parts: [db: number, seconds: number][]): number {
  const meter = new LoudnessMeter();
  for (const [db, seconds] of parts) {
    inBlocks(tone(1000, seconds, amplitude(db)), 960, (block) => meter.process(block, block, block.length));
  }
  return meter.integrated;
}

describe("loudness", () => {
  // EBU Tech 3341, table 1, cases 1 to 5, with the tolerance given there.
  it.each<[string, number, [number, number][]]>([
    ["1", -23, [[-23, 20]]],
    ["2", -33, [[-33, 20]]],
    [
      "3",
      -23,
      [
        [-36, 10],
        [-23, 60],
        [-36, 10],
      ],
    ],
    [
      "4",
      -23,
      [
        [-72, 10],
        [-36, 10],
        [-23, 60],
        [-36, 10],
        [-72, 10],
      ],
    ],
    [
      "5",
      -23,
      [
        [-26, 20],
        [-20, 20.1],
        [-26, 20],
      ],
    ],
  ])("meets case %s of EBU Tech 3341: %d LUFS", (_name, expected, parts) => {
    expect(Math.abs(measure(...parts) - expected)).toBeLessThan(0.1);
  });

  it("of a tone of 997 Hz at full scale on one side is −3.01 LUFS", () => {
    const meter = new LoudnessMeter();
    const one = tone(997, 5, 1);
    meter.process(one, constant(0, one.length), one.length);
    expect(meter.integrated).toBeCloseTo(-3.01, 1);
  });

  it("of silence and of no samples is −∞", () => {
    expect(measure()).toBe(Number.NEGATIVE_INFINITY);
    expect(measure([-90, 5])).toBe(Number.NEGATIVE_INFINITY);
  });

  it("does not depend on the block length, and starts fresh after a reset", () => {
    const samples = noise(96_000, 0.3);
    const whole = new LoudnessMeter();
    whole.process(samples, samples, samples.length);
    const parts = new LoudnessMeter();
    parts.process(tone(100, 2, 0.9), tone(100, 2, 0.9), 96_000);
    parts.reset();
    inBlocks(samples, 777, (block) => parts.process(block, block, block.length));
    expect(parts.integrated).toBeCloseTo(whole.integrated, 6);
  });

  it("recovers from damaged samples", () => {
    const meter = new LoudnessMeter();
    const broken = constant(Number.NaN, 500);
    meter.process(broken, broken, 500);
    const samples = tone(1000, 5, amplitude(-23));
    meter.process(samples, samples, samples.length);
    expect(meter.integrated).toBeCloseTo(-23, 0);
  });
});

describe("the limiter", () => {
  function limited(left: Float32Array, right = left, length = 960, releaseMs = 120) {
    const limiter = new Limiter({ releaseMs });
    const out = { left: left.slice(), right: right.slice() };
    for (let at = 0; at < left.length; at += length) {
      const block = out.left.subarray(at, at + length);
      limiter.process(block, out.right.subarray(at, at + length), block.length);
    }
    return out;
  }
  const ceiling = amplitude(-1);

  it("only delays signals below the ceiling", () => {
    const samples = noise(9600, 0.89);
    const { left } = limited(samples);
    expect(left.subarray(Limiter.delay)).toEqual(samples.subarray(0, -Limiter.delay));
    expect(Limiter.delay).toBeLessThanOrEqual(0.005 * 48_000);
  });

  it.each([
    ["noise", noise(48_000, 3)],
    ["a loud tone", tone(60, 1, 4)],
    ["single peaks", Float32Array.from({ length: 48_000 }, (_, at) => (at % 997 === 0 ? 8 : 0.1))],
    ["a swelling tone", tone(440, 1, 1).map((sample, at) => (sample * at) / 12_000)],
    [
      "damage",
      Float32Array.from({ length: 9600 }, (_, at) => [Number.NaN, Number.POSITIVE_INFINITY, 3][at % 3] ?? 0),
    ],
  ])("keeps %s below the ceiling", (_name, samples) => {
    const { left } = limited(samples);
    expect(left.every((sample) => Math.abs(sample) <= Math.fround(ceiling) + 1e-7)).toBe(true);
    expect(peak(left)).toBeGreaterThan(0.8);
  });

  it("reaches the gain in time and linearly, without clipping", () => {
    const samples = tone(200, 1, 0.5).map((sample, at) => (at > 24_000 ? sample * 4 : sample));
    const { left } = limited(samples);
    // If it were clipped at the ceiling, the tone would have corners of a tenth of full scale.
    expect(sharpestCorner(left.subarray(24_500))).toBeLessThan(0.005);
  });

  it("releases fully, and is then exact again", () => {
    const samples = constant(0.5, 96_000);
    samples.fill(5, 100, 110);
    const { left } = limited(samples);
    expect(left[5000]).toBeGreaterThan(0.1);
    expect(left[5000]).toBeLessThan(0.45);
    expect(left.subarray(-1000)).toEqual(constant(0.5, 1000));
  });

  /** Returns the highest level of the signal, also between samples, by interpolation with many coefficients. */
  function truePeak(samples: Float32Array): number {
    let highest = 0;
    for (let at = 40; at < samples.length - 40; at++) {
      for (const fraction of [0.25, 0.5, 0.75]) {
        let sum = 0;
        for (let tap = -31; tap <= 32; tap++) {
          const distance = tap - fraction;
          const shape = Math.cos((Math.PI * distance) / 66) ** 2;
          sum += ((samples[at + tap] ?? 0) * shape * Math.sin(Math.PI * distance)) / (Math.PI * distance);
        }
        highest = Math.max(highest, Math.abs(sum));
      }
    }
    return Math.max(highest, peak(samples));
  }

  it("limits peaks between samples on request", () => {
    // The samples of a quarter of the rate, 45° off, are 3 dB below the peaks of the sine.
    const samples = Float32Array.from(
      { length: 9600 },
      (_, at) => 0.95 * Math.sin((Math.PI * at) / 2 + Math.PI / 4),
    );
    const options = [{ truePeak: false }, { truePeak: true }] as const;
    const [plain, limited] = options.map(({ truePeak: isTrue }) => {
      const out = samples.slice();
      new Limiter({ ceilingDb: -6, truePeak: isTrue }).process(out, out.slice(), out.length);
      return decibels(truePeak(out.subarray(2400)));
    });
    expect(plain).toBeGreaterThan(-3.2);
    expect(limited).toBeGreaterThan(-6.3);
    expect(limited).toBeLessThan(-5.9);
  });

  it.each([
    ["smooth noise", smooth(noise(24_000, 3, 5)), 0.1],
    ["a tone of 1 kHz", tone(1000, 0.5, 4), 0.05],
    ["a tone of 7.8 kHz", tone(7777, 0.5, 4), 0.05],
    ["a tone of 15 kHz", tone(15_001, 0.5, 4), 0.05],
    ["a square wave", tone(1234, 0.5, 1).map((sample) => Math.sign(sample)), 0.5],
  ])("keeps the peaks of %s at the ceiling", (_name, samples, error) => {
    const out = samples.slice();
    new Limiter({ ceilingDb: -3, truePeak: true }).process(out, samples.slice(), out.length);
    // Before, the signal begins with a step.
    expect(decibels(truePeak(out.subarray(2000)))).toBeLessThan(-3 + error);
    expect(peak(out)).toBeLessThanOrEqual(amplitude(-3) + 1e-7);
  });

  it("takes another ceiling without a click, and passes samples unchanged once it has none", () => {
    const samples = tone(330, 2, 0.9);
    const limiter = new Limiter({ ceilingDb: -1, truePeak: true });
    const out = samples.slice();
    const steps: [number, number][] = [
      [-1, 24_000],
      [-12, 48_000],
      [-3, 60_000],
      [Number.POSITIVE_INFINITY, 96_000],
    ];
    let at = 0;
    for (const [ceilingDb, end] of steps) {
      limiter.configure({ ceilingDb, truePeak: true, releaseMs: 30 });
      for (; at < end; at += 480) {
        const block = out.subarray(at, at + 480);
        limiter.process(block, block.slice(), 480);
      }
    }
    expect(sharpestCorner(out.subarray(1000))).toBeLessThan(1.5 * sharpestCorner(samples) + 0.001);
    expect(peak(out.subarray(26_000, 48_000))).toBeLessThanOrEqual(amplitude(-12) + 1e-7);
    expect(limiter.isIdle).toBe(true);
    const late = samples.subarray(90_000 - Limiter.delay, 96_000 - Limiter.delay);
    expect(out.subarray(90_000)).toEqual(late);
  });

  it("attenuates both channels equally", () => {
    const [left, right] = [noise(9600, 2, 1), constant(0.2, 9600)];
    const out = limited(left, right);
    const gains = out.right.subarray(Limiter.delay).map((sample) => sample / 0.2);
    const expected = left.subarray(0, -Limiter.delay).map((sample, at) => sample * (gains[at] ?? 0));
    expect(maxDifference(out.left.subarray(Limiter.delay), expected)).toBeLessThan(1e-5);
  });

  it.each([
    ["that decay for longer than it looks ahead", tone(2000, 0.2, 8).map((x, at) => x * 0.9995 ** at)],
    ["that fall steadily", Float32Array.from({ length: 9600 }, (_, at) => 8 * 0.999 ** at)],
    ["that rise steadily", Float32Array.from({ length: 2400 }, (_, at) => 1.001 ** at)],
    ["of noise", noise(9600, 4)],
  ])("does not have to clip peaks %s: the gain itself is low enough", (_name, samples) => {
    // With a quick release, nothing but the look-ahead holds the gain down.
    const out = limited(samples, constant(0.2, samples.length), 960, 0.01);
    const products = samples
      .subarray(0, -Limiter.delay)
      .map((sample, at) => Math.abs(sample * (out.right[at + Limiter.delay] ?? 0)) / 0.2);
    expect(peak(products)).toBeLessThan(ceiling * 1.000_01);
  });

  it("does not depend on the block length", () => {
    const samples = noise(20_000, 1.2);
    expect(limited(samples, samples, 77)).toEqual(limited(samples, samples, 20_000));
  });

  it("starts fresh after a reset", () => {
    const limiter = new Limiter();
    const loud = noise(1000, 5);
    limiter.process(loud, loud.slice(), 1000);
    limiter.reset();
    const quiet = constant(0.5, 1000);
    limiter.process(quiet, quiet.slice(), 1000);
    expect(quiet.subarray(0, Limiter.delay)).toEqual(constant(0, Limiter.delay));
    expect(quiet.subarray(Limiter.delay)).toEqual(constant(0.5, 1000 - Limiter.delay));
  });
});

describe("the normaliser", () => {
  function normalised(samples: Float32Array, gainDb: number | null, options?: NormaliserOptions) {
    const normaliser = new Normaliser(gainDb, options);
    const out = samples.slice();
    const other = samples.slice();
    for (let at = 0; at < out.length; at += 960) {
      const block = out.subarray(at, at + 960);
      normaliser.process(block, other.subarray(at, at + 960), block.length);
    }
    expect(other).toEqual(out);
    return { out, gainDb: normaliser.gainDb };
  }

  it.each([-7.5, 0, 4])("applies a tagged gain of %d dB at once", (gainDb) => {
    const samples = noise(4800, 0.3);
    const { out } = normalised(samples, gainDb);
    expect(
      maxDifference(
        out,
        samples.map((sample) => sample * amplitude(gainDb)),
      ),
    ).toBeLessThan(1e-6);
  });

  it.each([
    ["loud", -8, -18],
    ["at the target", -18, -18],
    ["rather quiet", -22, -18],
    ["too quiet to be raised completely", -40, -34],
  ])("adjusts a track that is %s (%d LUFS) to %d LUFS", (_name, before, after) => {
    const { out } = normalised(tone(1000, 12, amplitude(before)), null);
    const end = out.subarray(-48_000);
    expect(decibels(rms(end) / Math.SQRT1_2)).toBeCloseTo(after, 0);
  });

  it("adjusts the gain by at most 2 dB per second", () => {
    const { gainDb } = normalised(tone(1000, 3, amplitude(-8)), null);
    expect(gainDb).toBeLessThan(-4);
    expect(gainDb).toBeGreaterThanOrEqual(-6);
    expect(normalised(tone(1000, 3, amplitude(-8)), null, { slewDbPerSecond: 20 }).gainDb).toBeCloseTo(
      -10,
      0,
    );
  });

  it("leaves silence unchanged, and does not click", () => {
    expect(normalised(constant(0, 96_000), null)).toEqual({ out: constant(0, 96_000), gainDb: 0 });
    const { out } = normalised(tone(100, 3, 0.9), null);
    expect(sharpestCorner(out)).toBeLessThan(0.9 * ((2 * Math.PI * 100) / 48_000) ** 2 * 1.3);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e9, -1e9])(
    "limits an implausible tagged gain of %d dB",
    (gainDb) => {
      const { out } = normalised(constant(0.01, 9600), gainDb);
      expect(decibels((out[0] ?? 0) / 0.01)).toBeLessThanOrEqual(24.1);
      expect(decibels((out[0] ?? 0) / 0.01)).toBeGreaterThanOrEqual(-24.1);
    },
  );
});
