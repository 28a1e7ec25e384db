import { noise, peak, sharpestCorner, tone } from "@asterite/testkit";
import { expect, it } from "vitest";
import { feed, maxDifference, Recorder } from "../dsp.test-support.ts";
import { FilterChain } from "../filter-chain.ts";
import { FilterConfiguration } from "../filter-configuration.ts";

const neutral = {
  sinOffset: 0,
  sinScale: 1,
  cosOffset: 0,
  cosScale: 1,
  tanOffset: 0,
  tanScale: 1,
  offset: 0,
  scale: 1,
};

function valuesWith(distortion: typeof neutral | undefined) {
  const configuration = new FilterConfiguration();
  configuration.replace(distortion ? { distortion } : {});
  return configuration.values;
}

const distort = (sample: number, settings: typeof neutral): number => {
  const sine = settings.sinOffset + Math.sin(sample * settings.sinScale);
  const cosine = settings.cosOffset + Math.cos(sample * settings.cosScale);
  const tangent = settings.tanOffset + Math.tan(sample * settings.tanScale);
  return Math.max(-1, Math.min(1, settings.offset + settings.scale * sine * cosine * tangent));
};

it.each([
  { ...neutral, scale: 2 },
  { ...neutral, sinScale: 3, cosOffset: 0.5, tanOffset: 1, offset: -0.1 },
  { ...neutral, sinOffset: 0.2, cosScale: 0.1, tanScale: 0.4, scale: 0.7 },
])("shapes samples with %j", (settings) => {
  const left = noise(4_800, 0.5, 1);
  const right = noise(4_800, 0.5, 2);
  const { sound } = feed(new FilterChain(valuesWith(settings)), { left, right });
  expect(
    maxDifference(
      sound.left,
      left.map((sample) => distort(sample, settings)),
    ),
  ).toBeLessThan(1e-6);
  expect(
    maxDifference(
      sound.right,
      right.map((sample) => distort(sample, settings)),
    ),
  ).toBeLessThan(1e-6);
});

it("stays finite and within full scale with extreme settings", () => {
  const left = noise(4_800, 1, 3);
  for (const value of [1e308, -1e308, 1e6, Math.PI]) {
    const settings = Object.fromEntries(Object.keys(neutral).map((name) => [name, value])) as typeof neutral;
    const { sound } = feed(new FilterChain(valuesWith(settings)), { left, right: left });
    expect(peak(sound.left)).toBeLessThanOrEqual(1);
    expect(sound.left.every(Number.isFinite)).toBe(true);
  }
});

it("is switched without a click, and is idle afterwards", () => {
  const sound = tone(220, 0.2);
  const settings = { ...neutral, tanOffset: 1, scale: 0.8 };
  const chain = new FilterChain(valuesWith(undefined));
  const recorder = new Recorder();
  const steady = feed(new FilterChain(valuesWith(settings)), { left: sound, right: sound }).sound.left;
  feed(chain, { left: sound, right: sound }, recorder);
  chain.configure(valuesWith(settings));
  feed(chain, { left: sound, right: sound }, recorder);
  chain.configure(valuesWith(undefined));
  feed(chain, { left: sound, right: sound }, recorder);
  expect(chain.isActive).toBe(false);
  const limit = Math.max(sharpestCorner(sound), sharpestCorner(steady));
  expect(sharpestCorner(recorder.sound.left)).toBeLessThan(limit * 1.5);
});
