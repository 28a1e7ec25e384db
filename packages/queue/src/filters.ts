import { Equalizer, FilterMap, type FilterMapLike } from "@asterite/andesite";
import { FILTER_MAP } from "@asterite/andesite/advanced";
import {
  effectDefaults,
  effectNames,
  effectRanges,
  filterNames,
  filterSettings,
  isEffectName,
  isFilterName,
  readEffectUpdates,
  readFilterUpdates,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { argumentError } from "./errors.ts";

/** Settings of filters and effects by their names on the wire; those that are not listed are off. */
export type FilterTable = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An invalid filter setting. */
interface FilterProblem {
  /** Path of the setting, such as `timescale.speed`. */
  readonly field: string;
  readonly given: unknown;
  readonly allowed: string;
}

/** Returns the first setting that nodes would ignore or reject; undefined if there is none. */
export function findFilterProblem(table: Readonly<Record<string, unknown>>): FilterProblem | undefined {
  for (const [name, settings] of Object.entries(table)) {
    const known = settingsOf(name);
    if (!known) return { field: name, given: settings, allowed: [...filterNames, ...effectNames].join(", ") };
    if (!isRecord(settings)) return { field: name, given: settings, allowed: "an object" };
    const unknown = Object.keys(settings).find((key) => key !== "enabled" && !known.includes(key));
    if (unknown !== undefined) {
      return { field: `${name}.${unknown}`, given: settings[unknown], allowed: known.join(", ") };
    }
  }
  const problem = readFilterUpdates(table).problem ?? readEffectUpdates(table).problem;
  if (!problem) return undefined;
  const path = problem.field.split(".");
  const given = path.reduce<unknown>((value, key) => Object(value)[key], table);
  return { ...problem, given, allowed: problem.expected };
}

/** Returns the names of the settings of a filter or effect; undefined for another name. */
function settingsOf(name: string): readonly string[] | undefined {
  if (isEffectName(name)) return Object.keys(effectRanges(name));
  if (!isFilterName(name)) return undefined;
  return name === "equalizer" ? ["bands"] : Object.keys(filterSettings[name]);
}

/**
 * Converts filters to the form in which they are sent and stored, with all settings of each filter: nodes
 * keep those that a message does not list.
 *
 * @throws QueueError `BAD_ARGUMENT` naming the setting that nodes would ignore or reject.
 */
export function toFilterTable(filters: FilterMapLike): FilterTable {
  if (!(filters instanceof FilterMap || isRecord(filters)))
    throw argumentError("filters", typeof filters, "a FilterMap or an object");
  const map = new FilterMap(filters instanceof FilterMap ? filters : { ...filters });
  const table = map.toRaw();
  const problem = findFilterProblem(table);
  if (problem) throw argumentError(`filters.${problem.field}`, problem.given, problem.allowed);
  return JSON.parse(JSON.stringify(completeSettings(table)));
}

function completeSettings(table: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const complete = FilterMap.fromRaw(table);
  for (const name of complete) {
    const filter = complete.get(name);
    if (isEffectName(name)) {
      const { enabled = true, ...settings } = filter as Readonly<Record<string, unknown>>;
      complete.set(name, { ...effectDefaults(name), ...(enabled !== false && settings) });
    } else if (filter instanceof Equalizer) {
      complete.set(name, { bands: filter.bandGains().map((gain, band) => ({ band, gain })) });
    }
  }
  return complete.toRaw();
}

/** Adds all other filters as disabled: nodes keep the settings of filters that a message does not list. */
export function completeFilters(table: FilterTable): Record<string, object> {
  const all = Object.entries(FILTER_MAP).map(([name, Model]): [string, object] => {
    const filter = new Model();
    filter.enabled = false;
    return [name, filter.toRaw()];
  });
  const effects = effectNames.map((name) => [name, effectDefaults(name)] as const);
  return { ...Object.fromEntries([...all, ...effects]), ...table };
}

/**
 * Returns the speed of the position relative to real time: nodes count `speed` only, not `rate` and `pitch`.
 */
export function speedOf(table: FilterTable): number {
  const speed = table["timescale"]?.["speed"];
  return typeof speed === "number" && speed > 0 ? speed : 1;
}
