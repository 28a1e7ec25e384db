import { dominantFrequency, noise, peak, tone } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { constant, feed, maxDifference, Recorder, valuesAfter } from "../dsp.test-support.ts";
import { FilterChain } from "../filter-chain.ts";

const impulse = (length: number): Float32Array => constant(0, length).fill(1, 0, 1);
const echoed = (settings: object, left: Float32Array, right = left) =>
  feed(new FilterChain(valuesAfter({ echo: settings })), { left, right }).sound;

describe("echo", () => {
  it.each([
    { delay: 1, feedback: 0.9, mix: 1 },
    { delay: 125, feedback: 0.5, mix: 0.5 },
    { delay: 300.5, feedback: 0.95, mix: 0.25 },
    { delay: 2000, feedback: 0.3, mix: 1 },
  ])("repeats an impulse every $delay ms with the factor $feedback", (settings) => {
    const { delay, feedback, mix } = settings;
    const { left } = echoed(settings, impulse(240_000));
    const lag = Math.round(delay * 48);
    const expected = constant(0, 240_000);
    expected[0] = 1 - mix;
    for (let at = lag, level = mix; at < 240_000; at += lag, level *= feedback) expected[at] = level;
    expect(maxDifference(left, expected)).toBeLessThan(1e-6);
  });

  it("repeats once without feedback", () => {
    const { left } = echoed({ delay: 100, feedback: 0, mix: 0.5 }, impulse(48_000));
    expect([...left.entries()].filter(([, sample]) => sample !== 0)).toEqual([
      [0, 0.5],
      [4800, 0.5],
    ]);
  });

  it("keeps the channels separate", () => {
    const samples = noise(9600, 0.5, 3);
    const { left, right } = echoed({ delay: 20, mix: 0.5 }, samples, constant(0, 9600));
    expect(peak(left)).toBeGreaterThan(0.2);
    expect(peak(right)).toBe(0);
  });

  it("fades to another delay without a change of the pitch", () => {
    const chain = new FilterChain(valuesAfter({ echo: { delay: 100, feedback: 0, mix: 1 } }));
    const recorder = new Recorder();
    const samples = tone(500, 2);
    const part = (from: number, to: number) => ({
      left: samples.subarray(from, to),
      right: samples.subarray(from, to),
    });
    feed(chain, part(0, 24_000), recorder);
    chain.configure(valuesAfter({ echo: { delay: 400, feedback: 0, mix: 1 } }));
    feed(chain, part(24_000, 96_000), recorder);
    const { left } = recorder.sound;
    expect(dominantFrequency(left.subarray(24_000, 25_000))).toBeCloseTo(500, -1);
    expect(maxDifference(left.subarray(25_920), samples.subarray(25_920 - 19_200, -19_200))).toBeLessThan(
      1e-6,
    );
  });

  it("starts without what it held before a seek", () => {
    const chain = new FilterChain(valuesAfter({ echo: { delay: 50, feedback: 0.9, mix: 0.5 } }));
    feed(chain, { left: noise(9600), right: noise(9600) });
    chain.reset();
    expect(peak(feed(chain, { left: constant(0, 9600), right: constant(0, 9600) }).sound.left)).toBe(0);
  });
});

describe("the tail of an effect", () => {
  /** Samples that come out of a chain after its input has ended. */
  function tailOf(update: object, samples: Float32Array): number {
    const chain = new FilterChain(valuesAfter(update));
    const recorder = feed(chain, { left: samples, right: samples });
    while (chain.flush()) recorder.drain(chain);
    recorder.drain(chain);
    return recorder.sound.left.length - samples.length;
  }
  const burst = noise(4800, 0.5, 1);

  it("is heard after the end of a track, until it is 60 dB down", () => {
    const echo = { delay: 200, feedback: 0.5, mix: 0.5 };
    // The ninth repetition is the last one above −66 dB, and the tenth one 60 dB below the first.
    expect(tailOf({ echo }, burst) / 9600).toBeGreaterThan(9);
    expect(tailOf({ echo }, burst) / 9600).toBeLessThanOrEqual(11);
    const reverb = { decay: 1000, mix: 0.5 };
    const seconds = tailOf({ reverb }, burst) / 48_000;
    expect(seconds).toBeGreaterThan(0.7);
    expect(seconds).toBeLessThan(1.1);
  });

  it("is ten seconds long at most", () => {
    const update = { echo: { delay: 2000, feedback: 0.95, mix: 1 }, reverb: { decay: 10_000, mix: 0.5 } };
    expect(tailOf(update, burst) / 48_000).toBeCloseTo(10, 1);
  });

  it("is not waited for after silence, or without an effect that has one", () => {
    const silent = constant(0, 48_000);
    const reverb = { decay: 10_000, mix: 0.5 };
    expect(tailOf({ reverb }, silent) / 48_000).toBeLessThan(0.25);
    expect(tailOf({ echo: { delay: 500, mix: 0.5 } }, silent) / 48_000).toBeLessThan(0.75);
    expect(tailOf({ phaser: { mix: 0.5 }, compressor: { ratio: 4 } }, burst)).toBe(0);
    expect(tailOf({}, burst)).toBe(0);
  });

  it("rings into a track that follows without a gap", () => {
    const chain = new FilterChain(valuesAfter({ echo: { delay: 100, feedback: 0, mix: 0.5 } }));
    const recorder = feed(chain, { left: burst, right: burst });
    feed(chain, { left: constant(0, 9600), right: constant(0, 9600) }, recorder);
    const { left } = recorder.sound;
    expect(
      maxDifference(
        left.subarray(4800, 9600),
        burst.map((sample) => sample / 2),
      ),
    ).toBeLessThan(1e-6);
  });
});
