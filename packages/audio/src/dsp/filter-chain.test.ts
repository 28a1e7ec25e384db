import { noise, peak, sharpestCorner, tone } from "@asterite/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, feed, filtered, maxDifference, Recorder, valuesAfter } from "./dsp.test-support.ts";
import { FilterChain } from "./filter-chain.ts";

const { volume, ...originals } = {
  timescale: { speed: 1.2, pitch: 0.9 },
  equalizer: [
    { band: 0, gain: 0.5 },
    { band: 7, gain: -0.2 },
    { band: 14, gain: 0.25 },
  ],
  karaoke: { level: 0.6 },
  tremolo: { frequency: 3, depth: 0.6 },
  vibrato: { frequency: 6, depth: 0.4 },
  rotation: { rotationHz: 0.3 },
  channelmix: { leftToRight: 0.3, rightToLeft: 0.6 },
  lowpass: { smoothing: 3 },
  volume: 1.4,
};
const effects = {
  highpass: { frequency: 300 },
  compressor: { threshold: -30, ratio: 3, attack: 3, release: 50 },
  phaser: { rate: 0.7, feedback: 0.3, mix: 0.5 },
  chorus: { rate: 1.5, depth: 0.4, delay: 8, feedback: 0.2, mix: 0.3 },
  echo: { delay: 30, feedback: 0.3, mix: 0.3 },
  reverb: { decay: 300, damping: 0.5, mix: 0.2 },
};
const everything = { ...originals, ...effects, volume };
const names = Object.keys(everything) as (keyof typeof everything)[];
const sound = { left: noise(12_000, 0.5, 1), right: noise(12_000, 0.5, 2) };

describe("a chain without enabled filters", () => {
  it("is inactive and passes samples unchanged", () => {
    const chain = new FilterChain(valuesAfter({}));
    expect(chain.isActive).toBe(false);
    expect(feed(chain, sound).sound).toEqual(sound);
    expect(chain.isActive).toBe(false);
  });

  it.each([
    { tremolo: { depth: 0.5 } },
    { volume: 1.009 },
    { volume: 0.985 },
    { equalizer: [{ band: 0, gain: 0.009 }] },
  ])("may have settings: %j", (update) => {
    expect(new FilterChain(valuesAfter(update)).isActive).toBe(false);
    expect(filtered(update, sound.left, sound.right)).toEqual(sound);
  });
});

it.each(names)("is active with %s", (name) => {
  const chain = new FilterChain(valuesAfter({ [name]: everything[name] }));
  expect(chain.isActive).toBe(true);
});

it("applies the filters in the documented order", () => {
  let one = sound;
  for (const name of names) one = filtered({ [name]: everything[name] }, one.left, one.right);
  const whole = filtered(everything, sound.left, sound.right);
  expect(maxDifference(whole.left, one.left)).toBeLessThan(1e-6);
  expect(maxDifference(whole.right, one.right)).toBeLessThan(1e-6);
  const [first = "volume", second = "volume"] = names;
  const swapped = [second, first, ...names.slice(2)];
  let other = sound;
  for (const name of swapped) other = filtered({ [name]: everything[name] }, other.left, other.right);
  expect(maxDifference(whole.left, other.left)).toBeGreaterThan(1e-3);
});

it.each([
  ["the original filters", { ...originals, volume }, 12_000],
  ["effects", effects, 4_800],
])("does not depend on the lengths of writes to %s", (_title, update, length) => {
  const [left, right] = [sound.left.subarray(0, length), sound.right.subarray(0, length)];
  const whole = filtered(update, left, right);
  const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(lengths, (pieces) => {
      const parts = filtered(update, left, right, pieces);
      expect(maxDifference(parts.left, whole.left)).toBeLessThan(1e-6);
      expect(maxDifference(parts.right, whole.right)).toBeLessThan(1e-6);
    }),
    { numRuns: 60 },
  );
});

describe("setting changes", () => {
  const frequency = 330;
  const [left, right] = [tone(frequency, 0.5, 0.4), tone(frequency, 0.5, 0.3)];

  /** Changes settings back and forth in the middle of a tone, at times that are not multiples of a block. */
  function changing(one: object, other: object) {
    const chain = new FilterChain(valuesAfter(one));
    const recorder = new Recorder();
    let at = 0;
    for (const [update, length] of [
      [one, 7000],
      [other, 400],
      [one, 6111],
      [other, 6001],
      [one, left.length - 19_512],
    ] as const) {
      chain.configure(valuesAfter(update));
      feed(chain, { left: left.subarray(at, at + length), right: right.subarray(at, at + length) }, recorder);
      at += length;
    }
    return recorder.sound;
  }

  it.each<[object, object]>([
    ...names.map((name): [object, object] => [{}, { [name]: everything[name] }]),
    [{ equalizer: [{ band: 5, gain: 1 }] }, { equalizer: [{ band: 6, gain: -0.25 }] }],
    [{ karaoke: { filterBand: 100, filterWidth: 50 } }, { karaoke: { filterBand: 400, filterWidth: 10 } }],
    [{ lowpass: { smoothing: 100 } }, { lowpass: { smoothing: 1.5 } }],
    [{ tremolo: { frequency: 1, depth: 1 } }, { tremolo: { frequency: 9, depth: 0.2 } }],
    [{ vibrato: { frequency: 1, depth: 1 } }, { vibrato: { frequency: 9, depth: 0.2 } }],
    [{ rotation: { rotationHz: 0.1 } }, { rotation: { rotationHz: 8 } }],
    [{ volume: 2 }, { volume: 0.1 }],
    [{ phaser: { stages: 2, mix: 0.5 } }, { phaser: { stages: 12, feedback: 0.8, mix: 0.7, rate: 5 } }],
    [{ phaser: { minFrequency: 100, maxFrequency: 400, mix: 0.5 } }, { phaser: { depth: 0, mix: 0.5 } }],
    [{ chorus: { delay: 1, mix: 0.5 } }, { chorus: { delay: 45, rate: 8, depth: 1, mix: 1 } }],
    [{ echo: { delay: 40, mix: 0.5 } }, { echo: { delay: 90, feedback: 0.9, mix: 0.5 } }],
    [{ reverb: { decay: 300, mix: 0.3 } }, { reverb: { decay: 3000, damping: 1, mix: 0.9 } }],
    [{ highpass: { frequency: 20 } }, { highpass: { frequency: 5000 } }],
    [
      { compressor: { ratio: 2, threshold: -10, knee: 0 } },
      { compressor: { ratio: 20, threshold: -50, gain: 12 } },
    ],
    [{ timescale: { speed: 1.5 } }, { timescale: { speed: 0.7 } }],
    [{ timescale: { rate: 1.31 } }, { timescale: { rate: 0.71 } }],
    [{ timescale: { pitch: 1.31 } }, {}],
    [{ timescale: { rate: 0.83 } }, {}],
    [{ timescale: { speed: 3 } }, {}],
    [{}, { ...originals, volume }],
  ])("do not click: %j, %j", (one, other) => {
    const steady = Math.max(
      ...[one, other].flatMap((update) => {
        const out = filtered(update, left, right);
        return [out.left, out.right].map((samples) => sharpestCorner(samples.subarray(2000, 12_000)));
      }),
    );
    const out = changing(one, other);
    // A step of a hundredth of full scale would exceed this limit.
    expect(sharpestCorner(out.left.subarray(2000))).toBeLessThan(steady * 1.5 + 0.001);
    expect(sharpestCorner(out.right.subarray(2000))).toBeLessThan(steady * 1.5 + 0.001);
  });

  it("are complete after 20 ms", () => {
    const chain = new FilterChain(valuesAfter({}));
    feed(chain, { left, right });
    chain.configure(valuesAfter({ volume: 0.5 }));
    const during = feed(chain, { left: constant(1, 960), right: constant(1, 960) }).sound.left;
    const afterwards = feed(chain, { left: constant(1, 960), right: constant(1, 960) }).sound.left;
    expect(during[0]).toBeCloseTo(1, 2);
    expect(during[480]).toBeCloseTo(0.75, 2);
    expect(afterwards).toEqual(constant(0.5, 960));
  });

  it.each(names)("leave the chain inactive when %s is disabled and its samples have been read", (name) => {
    const chain = new FilterChain(valuesAfter({ [name]: everything[name] }));
    feed(chain, { left, right });
    chain.configure(valuesAfter({}));
    expect(chain.isActive).toBe(true);
    chain.write(left, right, 9600);
    expect(chain.available).toBeGreaterThan(0);
    expect(chain.isActive).toBe(true);
    new Recorder().drain(chain);
    expect(chain.isActive).toBe(false);
    expect(feed(chain, sound).sound).toEqual(sound);
  });

  it.each(names)("clear the state of %s while it is disabled", (name) => {
    const used = new FilterChain(valuesAfter({ [name]: everything[name] }));
    feed(used, { left, right });
    used.configure(valuesAfter({}));
    feed(used, { left, right });
    const fresh = new FilterChain(valuesAfter({}));
    feed(fresh, { left, right });
    for (const chain of [used, fresh]) chain.configure(valuesAfter({ [name]: everything[name] }));
    expect(maxDifference(feed(used, sound).sound.left, feed(fresh, sound).sound.left)).toBe(0);
  });

  it("lose and repeat no samples when timescale is enabled and disabled before it has an effect", () => {
    const chain = new FilterChain(valuesAfter({}));
    const recorder = feed(chain, { left: left.subarray(0, 5000), right: right.subarray(0, 5000) });
    chain.configure(valuesAfter({ timescale: { speed: 1.02 } }));
    feed(chain, { left: left.subarray(5000, 5100), right: right.subarray(5000, 5100) }, recorder);
    chain.configure(valuesAfter({}));
    feed(chain, { left: left.subarray(5100), right: right.subarray(5100) }, recorder);
    expect(recorder.sound).toEqual({ left, right });
  });
});

describe("the reported speed", () => {
  it.each([
    [{}, 1],
    [{ timescale: { speed: 1.5, rate: 3 } }, 1.5],
    [{ timescale: { speed: 1.005 } }, 1],
    [{ timescale: { rate: 2 } }, 1],
    [{ timescale: { speed: 1000 } }, 10],
  ])("with %j is %d", (update, speed) => {
    expect(new FilterChain(valuesAfter(update)).speed).toBe(speed);
  });
});

it("needs input until a block can be read", () => {
  const chain = new FilterChain(valuesAfter({ timescale: { speed: 2 } }));
  let written = 0;
  for (; chain.needsInput; written += 960) chain.write(constant(0.1, 960), constant(0.1, 960), 960);
  expect(chain.available).toBeGreaterThanOrEqual(960);
  expect(written).toBeLessThan(48_000 / 4);
});

describe("after a reset", () => {
  it.each([...names.map((name) => ({ [name]: everything[name] })), everything])(
    "%j starts fresh",
    (update) => {
      const used = new FilterChain(valuesAfter({ volume: 0.2 }));
      used.configure(valuesAfter(update));
      feed(used, { left: noise(5000, 0.5, 7), right: noise(5000, 0.5, 8) });
      used.write(sound.left, sound.right, 700);
      used.reset();
      expect(used.available).toBe(0);
      expect(feed(used, sound).sound).toEqual(feed(new FilterChain(valuesAfter(update)), sound).sound);
    },
  );
});

it("accepts another track after a flush", () => {
  const chain = new FilterChain(valuesAfter({ timescale: { speed: 2 } }));
  const recorder = feed(chain, sound);
  chain.flush();
  recorder.drain(chain);
  feed(chain, sound, recorder);
  chain.flush();
  recorder.drain(chain);
  expect(recorder.sound.left).toHaveLength(12_000);
});

describe("damaged input", () => {
  const damage = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -1e20];

  it.each([...names.map((name) => ({ [name]: everything[name] })), everything])(
    "becomes silence and leaves no state: %j",
    (update) => {
      const chain = new FilterChain(valuesAfter(update));
      for (const value of damage) {
        const out = feed(chain, { left: constant(value, 500), right: constant(value, 500) }).sound;
        expect([...out.left, ...out.right].every(Number.isFinite)).toBe(true);
      }
      const afterwards = feed(chain, { left: constant(0, 48_000), right: constant(0, 48_000) }).sound;
      expect(peak(afterwards.left.subarray(-9600))).toBe(0);
    },
  );

  it("does not arise from silence", () => {
    const out = filtered(everything, constant(0, 9600));
    expect(peak(out.left)).toBe(0);
    expect(peak(out.right)).toBe(0);
  });

  it("leaves no denormal state in the filters", () => {
    const chain = new FilterChain(valuesAfter(everything));
    feed(chain, sound);
    const silence = { left: constant(0, 144_000), right: constant(0, 144_000) };
    expect(peak(feed(chain, silence).sound.left.subarray(-9600))).toBe(0);
  });
});
