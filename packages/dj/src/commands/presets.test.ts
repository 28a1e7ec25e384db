import { FilterMap } from "@asterite/andesite";
import { FILTER_MAP } from "@asterite/andesite/advanced";
import { expect, it } from "vitest";
import { presets } from "./presets.ts";

/** Returns the default settings of a filter. */
const defaultsOf = (name: string): unknown => {
  const Model = Object.entries(FILTER_MAP).find(([key]) => key === name)?.[1];
  return Model ? new Model().toRaw() : undefined;
};

it.each([...presets])("%s consists of known filters with audible settings", (_, { filters, help }) => {
  expect(help).not.toBe("");
  const map = FilterMap.fromRaw(filters);
  for (const name of map) {
    expect(defaultsOf(name)).toBeDefined();
    expect(filters[name]).not.toEqual(defaultsOf(name));
    // All settings are listed, because nodes keep the others.
    if (name !== "equalizer")
      expect(Object.keys(filters[name] ?? {})).toEqual(Object.keys(defaultsOf(name) ?? {}));
  }
});
