import { isRecord } from "@asterite/util";
import { type EffectRange, effectProblem, effectSettings } from "./filter-effects.ts";
import { bandCount, filterSettings, maxGain, minGain, type SettingRange, type WireBand } from "./filters.ts";
import type { Problem } from "./validate.ts";

const define = <const Table extends Readonly<Record<string, SettingRange>>>(table: Table): Table =>
  Object.freeze(table);

const zero = { default: 0 } as const;
const one = { default: 1 } as const;
/** Depth of an oscillation; 0 switches the filter off. */
const depth = { default: 0.5, min: 0, max: 1 } as const;

/**
 * Settings of Lavalink's filters (section 8 of the Lavalink protocol), except the volume, the equalizer and those of
 * plugins.
 */
export const lavalinkFilterSettings = /* @__PURE__ */ Object.freeze({
  karaoke: filterSettings.karaoke,
  timescale: filterSettings.timescale,
  tremolo: define({ frequency: filterSettings.tremolo.frequency, depth }),
  vibrato: define({ frequency: filterSettings.vibrato.frequency, depth }),
  distortion: define({
    sinOffset: zero,
    sinScale: one,
    cosOffset: zero,
    cosScale: one,
    tanOffset: zero,
    tanScale: one,
    offset: zero,
    scale: one,
  }),
  rotation: define({ rotationHz: zero }),
  channelMix: filterSettings.channelmix,
  lowPass: filterSettings.lowpass,
});

/** Settings of Asterite's effects, which are plugin filters in Lavalink's terms. */
export const lavalinkPluginFilterSettings = /* @__PURE__ */ Object.freeze({
  highPass: effectSettings.highpass,
  compressor: effectSettings.compressor,
  phaser: effectSettings.phaser,
  chorus: effectSettings.chorus,
  echo: effectSettings.echo,
  reverb: effectSettings.reverb,
  limiter: effectSettings.limiter,
});

type Table = typeof lavalinkFilterSettings;
type PluginTable = typeof lavalinkPluginFilterSettings;

/** Effects of a Lavalink client, each with all its settings. Those that are left out are off. */
export type LavalinkPluginFilters = {
  readonly [Name in keyof PluginTable]?: { readonly [Setting in keyof PluginTable[Name]]: number };
};

/** Settings of one of Lavalink's filters. */
export type LavalinkFilterSettings<Name extends keyof Table> = {
  readonly [Setting in keyof Table[Name]]: number;
};

/** Filters of Lavalink, each with all its settings. Those that are left out are off. */
export type LavalinkFilters = { readonly [Name in keyof Table]?: LavalinkFilterSettings<Name> } & {
  /** Factor of the amplitude, 0 to 5. */
  readonly volume?: number;
  readonly equalizer?: readonly WireBand[];
  readonly pluginFilters?: LavalinkPluginFilters;
};

/** Result of {@link readLavalinkFilters}: the filters, or the first malformed value. */
export type LavalinkFilterReading =
  | { readonly filters: LavalinkFilters; readonly problem: null }
  | { readonly filters: null; readonly problem: Problem };

/** Names of Lavalink's filters that older clients spell like Andesite. */
const spellings: Readonly<Record<string, string>> = {
  channelMix: "channelmix",
  lowPass: "lowpass",
  highPass: "highpass",
};

/**
 * Reads the filters of a Lavalink client, of version 3 or 4. Null switches a filter off, missing settings get their
 * defaults, numbers may be in quotes, and volume and gains are limited to their ranges, which presets of clients exceed.
 * Unknown filters and settings are ignored.
 */
export function readLavalinkFilters(raw: unknown): LavalinkFilterReading {
  if (!isRecord(raw)) return malformed("", "an object");
  const filters: Record<string, unknown> = {};
  if (isGiven(raw["volume"])) {
    const volume = toNumber(raw["volume"]);
    if (volume === undefined) return malformed("volume", "a number");
    filters["volume"] = clamp(volume, filterSettings.volume.volume.min, filterSettings.volume.volume.max);
  }
  if (isGiven(raw["equalizer"])) {
    const bands = readBands(raw["equalizer"]);
    if ("problem" in bands) return bands;
    filters["equalizer"] = bands;
  }
  const plain = readSettings(raw, lavalinkFilterSettings, "");
  if (plain.problem) return { filters: null, problem: plain.problem };
  Object.assign(filters, plain.filters);
  if (isGiven(raw["pluginFilters"])) {
    if (!isRecord(raw["pluginFilters"])) return malformed("pluginFilters", "an object");
    const plugins = readSettings(raw["pluginFilters"], lavalinkPluginFilterSettings, "pluginFilters.");
    if (plugins.problem) return { filters: null, problem: plugins.problem };
    if (Object.keys(plugins.filters).length > 0) filters["pluginFilters"] = plugins.filters;
  }
  // The table defines names and settings, which the compiler cannot infer.
  return { filters: filters as LavalinkFilters, problem: null };
}

type SettingTables = Readonly<Record<string, Readonly<Record<string, SettingRange & Partial<EffectRange>>>>>;

/**
 * Reads the filters of a table, with defaults for missing settings.
 *
 * @param prefix - In front of the name of a malformed field.
 */
function readSettings(
  raw: Readonly<Record<string, unknown>>,
  tables: SettingTables,
  prefix: string,
):
  | { readonly filters: Record<string, Record<string, number>>; readonly problem: null }
  | { readonly problem: Problem } {
  const filters: Record<string, Record<string, number>> = {};
  for (const [name, table] of Object.entries(tables)) {
    const value = raw[name] ?? raw[spellings[name] ?? name];
    if (!isGiven(value)) continue;
    if (!isRecord(value)) return { problem: { field: prefix + name, expected: "an object" } };
    const settings: Record<string, number> = {};
    for (const [setting, range] of Object.entries(table)) {
      const given = isGiven(value[setting]) ? toNumber(value[setting]) : range.default;
      const expected = effectProblem(range, given);
      if (given === undefined || expected !== null) {
        return { problem: { field: `${prefix}${name}.${setting}`, expected: expected ?? "a number" } };
      }
      settings[setting] = given;
    }
    filters[name] = settings;
  }
  return { filters, problem: null };
}

/**
 * Returns whether a filter of Lavalink has an effect: the karaoke always, an oscillation with a depth, a rotation with a
 * frequency, a low pass above 1, and any other one if a setting differs from its default.
 */
export function isLavalinkFilterEnabled<Name extends keyof Table>(
  name: Name,
  settings: LavalinkFilterSettings<Name>,
): boolean {
  const given: Readonly<Record<string, number>> = settings;
  if (name === "karaoke") return true;
  if (name === "tremolo" || name === "vibrato") return given["depth"] !== 0;
  if (name === "lowPass") return (given["smoothing"] ?? 0) > 1;
  return Object.entries<SettingRange>(lavalinkFilterSettings[name]).some(
    ([setting, range]) => given[setting] !== range.default,
  );
}

/** Reads bands. A missing gain counts as 1, as in Lavalink; entries that are null are skipped. */
function readBands(raw: unknown): WireBand[] | LavalinkFilterReading {
  const list = isRecord(raw) ? raw["bands"] : raw;
  if (!Array.isArray(list)) return malformed("equalizer", "an array");
  const bands: WireBand[] = [];
  for (const [index, entry] of list.entries()) {
    if (entry === null) continue;
    const field = `equalizer.${index}`;
    if (!isRecord(entry)) return malformed(field, "an object");
    const band = toNumber(entry["band"]);
    if (band === undefined || !Number.isInteger(band) || band < 0 || band >= bandCount) {
      return malformed(`${field}.band`, `an integer from 0 to ${bandCount - 1}`);
    }
    const gain = isGiven(entry["gain"]) ? toNumber(entry["gain"]) : maxGain;
    if (gain === undefined) return malformed(`${field}.gain`, "a number");
    bands.push({ band, gain: clamp(gain, minGain, maxGain) });
  }
  return bands;
}

const malformed = (field: string, expected: string): LavalinkFilterReading => ({
  filters: null,
  problem: { field, expected },
});

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

/** Returns a finite number, also of a number in quotes; undefined for any other value. */
function toNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
