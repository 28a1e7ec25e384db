import { FILTER_MAP, FilterMap } from "@asterite/andesite";
import { expect, it } from "vitest";
import { presets } from "./presets.ts";

/** What a player reports of settings that nobody has changed. */
const quiet = (name: string): unknown => {
  const Model = Object.entries(FILTER_MAP).find(([key]) => key === name)?.[1];
  return Model ? new Model().toRaw() : undefined;
};

it.each([...presets])("%s is made of filters that nodes know, and can be heard", (_, { filters, help }) => {
  expect(help).not.toBe("");
  const map = FilterMap.fromRaw(filters);
  for (const name of map) {
    expect(quiet(name)).toBeDefined();
    expect(filters[name]).not.toEqual(quiet(name));
    // Every setting is given: nodes keep those that are not.
    if (name !== "equalizer")
      expect(Object.keys(filters[name] ?? {})).toEqual(Object.keys(quiet(name) ?? {}));
  }
});
