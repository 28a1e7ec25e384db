import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  effectDefaults,
  effectNames,
  effectProblem,
  effectRanges,
  isEffectEnabled,
  isEffectName,
  readEffectUpdates,
} from "./filter-effects.ts";
import { isFilterName } from "./filters.ts";

const settings = effectNames.flatMap((name) =>
  Object.entries(effectRanges(name)).map(([setting, range]) => ({ name, setting, range })),
);

describe("effects", () => {
  it("have names of their own", () => {
    expect(effectNames.filter(isFilterName)).toEqual([]);
    expect(effectNames.every(isEffectName)).toBe(true);
    expect(["volume", "toString"].some(isEffectName)).toBe(false);
  });

  it.each(effectNames)("%s is off with its defaults, and has a setting that switches it on", (name) => {
    expect(isEffectEnabled(name, {})).toBe(false);
    expect(isEffectEnabled(name, effectDefaults(name))).toBe(false);
    expect(Object.values(effectRanges(name)).some(({ isSwitch }) => isSwitch)).toBe(true);
  });

  it.each(settings)("$name.$setting accepts its default and its limits only", ({ range }) => {
    const { min, max } = range;
    for (const value of [range.default, min, max]) expect(effectProblem(range, value)).toBeNull();
    for (const value of [min - 0.1, max + 0.1, Number.NaN, Number.POSITIVE_INFINITY, "1", null, true]) {
      expect(effectProblem(range, value)).toMatch(/^an? (?:number|integer)/);
    }
  });

  it.each(settings)(
    "$name.$setting switches on from a difference of 0.01, or never",
    ({ name, setting, range }) => {
      const sign = range.default === range.max ? -1 : 1;
      expect(isEffectEnabled(name, { [setting]: range.default + 0.0099 * sign })).toBe(false);
      expect(isEffectEnabled(name, { [setting]: range.default + 0.0101 * sign })).toBe(
        range.isSwitch === true,
      );
    },
  );
});

describe("updates of effects", () => {
  it("contain only the given settings", () => {
    expect(
      readEffectUpdates({ compressor: { ratio: 2, gain: null, unknown: 1 }, highpass: null, volume: 9 }),
    ).toEqual({ updates: { compressor: { ratio: 2 } }, problem: null });
  });

  it.each([
    [5, "", "an object"],
    [{ compressor: [] }, "compressor", "an object"],
    [{ compressor: { attack: 0 } }, "compressor.attack", "a number at least 0.1 and at most 500"],
    [{ highpass: { frequency: 20_001 } }, "highpass.frequency", "a number at least 0 and at most 20000"],
  ])("name the first malformed value of %j", (raw, field, expected) => {
    expect(readEffectUpdates(raw).problem).toEqual({ field, expected });
  });

  it("never throw", () => {
    const values = fc.dictionary(fc.constantFrom(...effectNames), fc.jsonValue());
    fc.assert(fc.property(fc.oneof(values, fc.anything()), (raw) => void readEffectUpdates(raw)));
  });
});
