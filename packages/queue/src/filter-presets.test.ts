import { getFilterModel } from "@asterite/andesite/advanced";
import { effectDefaults, isEffectName } from "@asterite/andesite-protocol";
import { expect, it } from "vitest";
import { combineFilterPresets, filterPresets, isFilterPreset } from "./filter-presets.ts";
import { toFilterTable } from "./filters.ts";

/** Returns the default settings of a filter or effect. */
const defaultsOf = (name: string): unknown => {
  if (isEffectName(name)) return effectDefaults(name);
  const Model = getFilterModel(name);
  return Model ? new Model().toRaw() : undefined;
};

it.each(Object.entries(filterPresets))(
  "%s is valid, complete and audible",
  (name, { filters, description }) => {
    expect(isFilterPreset(name)).toBe(true);
    expect(description).not.toBe("");
    expect(toFilterTable(filters)).toEqual(filters);
    for (const [filter, settings] of Object.entries(filters)) {
      expect(defaultsOf(filter)).toBeDefined();
      expect(settings).not.toEqual(defaultsOf(filter));
    }
  },
);

it("combines presets; the later one applies where two have the same filter", () => {
  expect(combineFilterPresets([])).toEqual({});
  expect(combineFilterPresets(["nightcore", "bassboost"])).toEqual({
    ...filterPresets.nightcore.filters,
    ...filterPresets.bassboost.filters,
  });
  expect(combineFilterPresets(["nightcore", "slow"])).toEqual(filterPresets.slow.filters);
});

it("throws for an unknown preset", () => {
  expect(() => combineFilterPresets(["bassboost", "loud"])).toThrow(
    "preset is loud; allowed: bassboost, treble",
  );
  expect([isFilterPreset("constructor"), isFilterPreset("loud")]).toEqual([false, false]);
});
