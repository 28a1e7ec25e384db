import { type EffectName, effectNames, effectRanges } from "@asterite/andesite-protocol";
import { noise, peak } from "@asterite/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, feed, filtered, valuesAfter } from "./dsp.test-support.ts";
import { FilterChain } from "./filter-chain.ts";

/** Generates settings over their whole ranges, with the limits among them. */
function anySettings(name: EffectName): fc.Arbitrary<Record<string, number>> {
  const settings = Object.entries(effectRanges(name)).map(([setting, { min, max, isInteger }]) => [
    setting,
    isInteger
      ? fc.integer({ min, max })
      : fc.oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true })),
  ]);
  return fc.record(Object.fromEntries(settings));
}

const impulses = new Float32Array(9600);
for (let at = 0; at < impulses.length; at += 1201) impulses[at] = at % 2 === 0 ? 1 : -1;
const signals = {
  impulses,
  noise: noise(9600, 1, 5),
  "full scale": constant(1, 9600),
  "a square wave": Float32Array.from({ length: 9600 }, (_, at) => (at % 480 < 240 ? 1 : -1)),
  silence: constant(0, 9600),
};

/** The largest gain of a compressor is 24 dB; the others have bounded feedback. */
const bound = 40;

describe.each(effectNames)("%s", (name) => {
  it("stays finite and bounded at every setting, with every signal", () => {
    fc.assert(
      fc.property(anySettings(name), (settings) => {
        for (const [title, samples] of Object.entries(signals)) {
          const inverted = samples.map((sample) => -sample);
          const { left, right } = filtered({ [name]: settings }, samples, inverted);
          expect([...left, ...right].every(Number.isFinite), title).toBe(true);
          expect(Math.max(peak(left), peak(right)), title).toBeLessThan(bound);
          if (title === "silence") expect(peak(left) + peak(right)).toBe(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("stays bounded while its settings change back and forth", () => {
    fc.assert(
      fc.property(fc.array(anySettings(name), { minLength: 2, maxLength: 4 }), (changes) => {
        const chain = new FilterChain(valuesAfter({}));
        for (let round = 0; round < 20; round++) {
          const settings = changes[round % changes.length] ?? {};
          chain.configure(valuesAfter(round % 5 === 4 ? {} : { [name]: settings }));
          const sound = { left: noise(1300, 1, round + 1), right: noise(1300, 1, round + 2) };
          const { left, right } = feed(chain, sound).sound;
          expect([...left, ...right].every(Number.isFinite)).toBe(true);
          expect(Math.max(peak(left), peak(right))).toBeLessThan(bound);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("passes samples unchanged with all but the settings that switch it on", () => {
    const others = Object.entries(effectRanges(name)).filter(([, { isSwitch }]) => !isSwitch);
    const settings = Object.fromEntries(others.map(([setting, { max }]) => [setting, max]));
    const sound = { left: noise(4800, 1, 3), right: noise(4800, 1, 4) };
    expect(filtered({ [name]: settings }, sound.left, sound.right)).toEqual(sound);
    expect(new FilterChain(valuesAfter({ [name]: settings })).isActive).toBe(false);
  });
});
