import { isRecord } from "@asterite/util";
import { Mismatch } from "@asterite/util/schema";
import {
  bandCount,
  type EqualizerSettings,
  type FilterName,
  type FilterState,
  type FilterUpdates,
  filterNames,
  filterSettings,
  isFilterEnabled,
  isFilterName,
  type PlainFilterName,
  type SettingRange,
  settingProblem,
  type WireBand,
} from "./filters.ts";
import { type Described, described, jsonObject } from "./schema.ts";
import type { Problem } from "./validate.ts";

/** Result of {@link readFilterUpdates}. */
export interface FilterReading {
  /** Changes before the first malformed value. Asterite's node applies them only if there is no problem. */
  readonly updates: FilterUpdates;
  /** First malformed value; null for none. */
  readonly problem: Problem | null;
}

/**
 * Reads changes to filters in the order in which the node applies them. Unknown filters and settings are
 * ignored, null is treated as absent, `volume` may be a plain number and `equalizer` a plain array of bands.
 */
export function readFilterUpdates(raw: unknown): FilterReading {
  const updates: FilterUpdates = {};
  if (!isRecord(raw)) return { updates, problem: { field: "", expected: "an object" } };
  for (const name of filterNames) {
    const value = raw[name];
    if (value === undefined || value === null) continue;
    const problem =
      name === "equalizer"
        ? readBands(value, updates)
        : readSettings(
            name,
            name === "volume" && typeof value === "number" ? { volume: value } : value,
            updates,
          );
    if (problem) return { updates, problem };
  }
  return { updates, problem: null };
}

function readSettings(name: PlainFilterName, raw: unknown, updates: FilterUpdates): Problem | null {
  if (!isRecord(raw)) return { field: name, expected: "an object" };
  const settings: Record<string, number> = {};
  updates[name] = settings;
  for (const [setting, range] of Object.entries<SettingRange>(filterSettings[name])) {
    const value = raw[setting];
    if (value === undefined || value === null) continue;
    const expected = settingProblem(range, value);
    if (expected) return { field: `${name}.${setting}`, expected };
    settings[setting] = value as number;
  }
  return null;
}

function readBands(raw: unknown, updates: FilterUpdates): Problem | null {
  const fields = Array.isArray(raw) ? { bands: raw } : raw;
  if (!isRecord(fields)) return { field: "equalizer", expected: "an object" };
  const bands: WireBand[] = [];
  updates.equalizer = { bands };
  const { bands: list } = fields;
  if (list === undefined || list === null) return null;
  if (!Array.isArray(list)) return { field: "equalizer.bands", expected: "an array" };
  for (const [index, entry] of list.entries()) {
    const field = `equalizer.bands.${index}`;
    if (!isRecord(entry)) return { field, expected: "an object" };
    const { band, gain } = entry;
    if (!isBand(band)) return { field: `${field}.band`, expected: `an integer from 0 to ${bandCount - 1}` };
    if (typeof gain !== "number" || !Number.isFinite(gain)) {
      return { field: `${field}.gain`, expected: "a number" };
    }
    bands.push({ band, gain });
  }
  return null;
}

const isBand = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < bandCount;

/** Filters of a player's state: known ones completed with defaults, unknown ones unchanged. */
export type WireFilters = { readonly [Name in FilterName]?: FilterState<Name> } & {
  readonly [name: string]: unknown;
};

/**
 * Schema of the filters of a player's state. Missing settings get their defaults; the equalizer may be a list
 * of bands or, from older nodes, of gains; a missing `enabled` is derived from the settings.
 */
export const wireFilters: Described<WireFilters, Record<string, unknown> | null | undefined> = described(
  (value) => {
    const given = value ?? {};
    if (!isRecord(given)) return new Mismatch("Object");
    const filters: [string, unknown][] = [];
    for (const [name, raw] of Object.entries(given)) {
      const state = isFilterName(name) && raw !== null ? readState(name, raw) : raw;
      if (state === undefined) return new Mismatch(`settings of filter ${name}`);
      filters.push([name, state]);
    }
    // Unlike assignment, `fromEntries` makes "__proto__" an ordinary key.
    return Object.fromEntries(filters) as WireFilters;
  },
  jsonObject.json,
);

/**
 * Reads one filter of a player's state, as tolerant as the reader of a whole state.
 *
 * @returns The filter; undefined when it is malformed.
 */
export function readFilterState<Name extends FilterName>(
  name: Name,
  raw: unknown,
): FilterState<Name> | undefined {
  // The compiler cannot infer that the settings are those of `name`.
  return readState(name, raw) as FilterState<Name> | undefined;
}

function readState(name: FilterName, raw: unknown): object | undefined {
  const fields = name === "equalizer" && Array.isArray(raw) ? { bands: raw } : raw;
  if (!isRecord(fields)) return undefined;
  const { enabled, bands } = fields;
  const settings = name === "equalizer" ? readReportedBands(bands) : readReportedSettings(name, fields);
  if (!settings) return undefined;
  return { ...settings, enabled: typeof enabled === "boolean" ? enabled : isFilterEnabled(name, settings) };
}

function readReportedSettings(name: PlainFilterName, raw: Readonly<Record<string, unknown>>): object | null {
  const settings: Record<string, unknown> = {};
  for (const [setting, { default: normal }] of Object.entries<SettingRange>(filterSettings[name])) {
    const value = raw[setting] ?? normal;
    if (!Number.isFinite(value)) return null;
    settings[setting] = value;
  }
  return settings;
}

function readReportedBands(raw: unknown): EqualizerSettings | null {
  if (raw === undefined || raw === null) return { bands: [] };
  if (!Array.isArray(raw) || raw.length > bandCount) return null;
  const bands: WireBand[] = [];
  for (const [index, entry] of raw.entries()) {
    const { band, gain } = isRecord(entry) ? entry : { band: index, gain: entry };
    if (!isBand(band) || typeof gain !== "number" || !Number.isFinite(gain)) return null;
    bands.push({ band, gain });
  }
  return { bands };
}
