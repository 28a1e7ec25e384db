import { decibels, magnitudeAt, noise, peak, sharpestCorner, tone } from "@asterite/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxDifference, Recorder, type Sound } from "../dsp.test-support.ts";
import { Resampler } from "./resampler.ts";

const rates = [8000, 11_025, 16_000, 22_050, 32_000, 37_800, 44_056, 44_100, 64_000, 88_200, 96_000, 192_000];

/** A sound at 48 kHz, from pieces of the given lengths. */
function resampled(
  channels: readonly Float32Array[],
  rate: number,
  lengths: readonly number[] = [4410],
): Sound {
  const resampler = new Resampler();
  const recorder = new Recorder();
  const total = channels[0]?.length ?? 0;
  for (let at = 0, piece = 0; at < total; piece++) {
    const end = Math.min(at + (lengths[piece % lengths.length] ?? 1), total);
    resampler.write(
      channels.map((samples) => samples.subarray(at, end)),
      rate,
    );
    recorder.drain(resampler);
    at = end;
  }
  resampler.flush();
  recorder.drain(resampler);
  return recorder.sound;
}

const gainAt = (frequency: number, rate: number): number => {
  const { left } = resampled([tone(frequency, 0.5, 0.5, rate)], rate);
  return decibels(magnitudeAt(left.subarray(2400, 21_600), frequency) / 0.5);
};

it("passes 48 kHz unchanged", () => {
  const [left, right] = [noise(10_000, 1, 1), noise(10_000, 1, 2)];
  expect(resampled([left, right], 48_000)).toEqual({ left, right });
});

describe("the frequency response", () => {
  it.each([20, 1000, 10_000, 16_000, 17_000, 18_000])("from 44.1 kHz is flat at %d Hz", (frequency) => {
    expect(Math.abs(gainAt(frequency, 44_100))).toBeLessThan(0.1);
  });

  it.each(rates)("from %d Hz is flat to four fifths of the Nyquist frequency", (rate) => {
    const top = Math.min(rate, 48_000) * 0.4;
    for (const share of [0.01, 0.5, 1]) expect(Math.abs(gainAt(top * share, rate))).toBeLessThan(0.1);
  });

  it.each(rates.filter((rate) => rate < 48_000))("from %d Hz suppresses images", (rate) => {
    for (const frequency of [0.1, 0.3, 0.4].map((share) => share * rate)) {
      const image = rate - frequency;
      const { left } = resampled([tone(frequency, 0.5, 1, rate)], rate);
      const audible = image < 24_000 ? image : 48_000 - image;
      if (Math.abs(audible - frequency) < 200) continue;
      expect(decibels(magnitudeAt(left.subarray(2400, 21_600), audible))).toBeLessThan(-80);
    }
  });

  it.each(rates.filter((rate) => rate > 48_000))("from %d Hz suppresses aliases", (rate) => {
    for (const frequency of [25_000, 28_000, 31_000].filter((f) => f < rate / 2)) {
      const { left } = resampled([tone(frequency, 0.3, 1, rate)], rate);
      expect(decibels(peak(left.subarray(2400, -2400)))).toBeLessThan(-80);
    }
  });
});

describe("duration", () => {
  it.each(rates)("is preserved from %d Hz, without delay", (rate) => {
    const frequency = 440;
    const { left } = resampled([tone(frequency, 1.2345, 0.5, rate)], rate);
    const given = Math.round(1.2345 * rate);
    expect(Math.abs(left.length - (given * 48_000) / rate)).toBeLessThanOrEqual(1);
    const same = tone(frequency, 1.2345).subarray(0, left.length);
    expect(maxDifference(left.subarray(500, 59_000), same.subarray(500, 59_000))).toBeLessThan(1e-3);
  });

  it("is preserved over an hour of small writes", () => {
    const resampler = new Resampler();
    const piece = [noise(1152, 0.1)];
    const left = new Float32Array(2000);
    let count = 0;
    for (let index = 0; index < 5000; index++) {
      resampler.write(piece, 44_100);
      count += resampler.read(left, left, 2000);
    }
    resampler.flush();
    count += resampler.read(left, left, 2000);
    expect(count).toBe(Math.ceil((5000 * 1152 * 160) / 147));
  });
});

it("does not depend on the lengths of writes", () => {
  const channels = [noise(6000, 0.5, 1), noise(6000, 0.5, 2)];
  for (const rate of [44_100, 44_056, 96_000]) {
    const whole = resampled(channels, rate, [6000]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 12 }), (lengths) => {
        expect(resampled(channels, rate, lengths)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  }
});

describe("a rate change", () => {
  const cosine = (rate: number) =>
    Float32Array.from({ length: rate / 4 }, (_, at) => 0.5 * Math.cos((2 * Math.PI * 400 * at) / rate));

  it.each([
    [44_100, 48_000],
    [48_000, 44_100],
    [44_100, 22_050],
    [96_000, 44_100],
  ])("from %d to %d does not click", (one, other) => {
    const resampler = new Resampler();
    const recorder = new Recorder();
    // Each part contains whole periods, so that the next one continues it at the peak of the tone.
    for (const rate of [one, other, one]) resampler.write([cosine(rate)], rate);
    resampler.flush();
    recorder.drain(resampler);
    const { left } = recorder.sound;
    expect(Math.abs(left.length - 36_000)).toBeLessThanOrEqual(3);
    const smooth = 0.5 * ((2 * Math.PI * 400) / 48_000) ** 2;
    // If each part began and ended in silence, there would be corners of 0.16 and more.
    expect(sharpestCorner(left.subarray(100, -100))).toBeLessThan(smooth + 0.06);
  });

  it.each([0, -5, Number.NaN, 1e12, 1])("to %d uses the nearest supported rate", (rate) => {
    const resampler = new Resampler();
    resampler.write([noise(9600)], rate);
    resampler.flush();
    const recorder = new Recorder();
    recorder.drain(resampler);
    expect(recorder.sound.left.length).toBeGreaterThanOrEqual(2400);
    expect(recorder.sound.left.every(Number.isFinite)).toBe(true);
  });
});

it("starts fresh after a reset and after a flush", () => {
  const resampler = new Resampler();
  const piece = [noise(5000, 0.5, 3)];
  const fresh = resampled(piece, 44_100);
  resampler.write([noise(3000)], 44_100);
  resampler.reset();
  for (let round = 0; round < 2; round++) {
    const recorder = new Recorder();
    resampler.write(piece, 44_100);
    resampler.flush();
    recorder.drain(resampler);
    expect(recorder.sound).toEqual(fresh);
  }
});

it("returns no samples for no input", () => {
  const resampler = new Resampler();
  resampler.write([], 44_100);
  resampler.write([new Float32Array(0)], 44_100);
  resampler.flush();
  expect(resampler.available).toBe(0);
});

describe("channels", () => {
  const half = Math.SQRT1_2;
  const scale = 1 / (1 + 2 * half);
  const front = 1 / (1 + half);

  it.each<[string, (readonly [number, number])[]]>([
    ["mono", [[1, 1]]],
    [
      "stereo",
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      "left, right, centre",
      [
        [front, 0],
        [0, front],
        [front * half, front * half],
      ],
    ],
    [
      "quadrophony",
      [
        [front, 0],
        [0, front],
        [front * half, 0],
        [0, front * half],
      ],
    ],
    [
      "5.1",
      [
        [scale, 0],
        [0, scale],
        [scale * half, scale * half],
        [0, 0],
        [scale * half, 0],
        [0, scale * half],
      ],
    ],
  ])("of %s go where they belong", (_name, shares) => {
    for (const [channel, [toLeft, toRight]] of shares.entries()) {
      const channels = shares.map((_, index) => new Float32Array(100).fill(index === channel ? 1 : 0));
      const { left, right } = resampled(channels, 48_000, [100]);
      expect(left[50]).toBeCloseTo(toLeft, 6);
      expect(right[50]).toBeCloseTo(toRight, 6);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 11])("%d channels at full scale do not clip", (count) => {
    const { left, right } = resampled(new Array(count).fill(new Float32Array(50).fill(1)), 48_000, [50]);
    expect(peak(left)).toBeLessThanOrEqual(1);
    expect(peak(left)).toBeGreaterThan(0.9);
    expect(peak(right)).toBeCloseTo(peak(left), 6);
  });
});
