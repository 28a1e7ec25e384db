import {
  isEffectEnabled,
  isEffectName,
  isFilterEnabled,
  isFilterName,
  lavalinkFilterSettings,
  readEffectUpdates,
  readFilterUpdates,
  type WireBand,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";

/** Settings of filters by Andesite's names. Those of unknown names are kept as they are. */
export type FilterTable = Readonly<Record<string, unknown>>;

const lavalinkNames: Readonly<Record<string, string>> = {
  channelmix: "channelMix",
  lowpass: "lowPass",
  highpass: "highPass",
};
/** Filters that have a key of their own in requests; all others are those of plug-ins. */
const topLevelNames: readonly string[] = ["volume", "equalizer", ...Object.keys(lavalinkFilterSettings)];

/** Returns the name of a filter in requests and in `/v4/info`. */
export const toLavalinkName = (name: string): string => lavalinkNames[name] ?? name;

/** Returns the filters of a player of Lavalink 4 by Andesite's names. */
export function fromLavalinkFilters(raw: unknown): FilterTable {
  if (!isRecord(raw)) return {};
  const { pluginFilters, volume, equalizer, channelMix, lowPass, ...others } = raw;
  const { highPass, ...plugins } = isRecord(pluginFilters) ? pluginFilters : {};
  return {
    ...plugins,
    ...(highPass !== undefined && { highpass: highPass }),
    ...others,
    ...(volume !== undefined && { volume: { volume } }),
    ...(equalizer !== undefined && { equalizer: { bands: equalizer } }),
    ...(channelMix !== undefined && { channelmix: channelMix }),
    ...(lowPass !== undefined && { lowpass: lowPass }),
  };
}

/** Returns the names of filters that have an effect after a change; a filter of a plug-in always has one. */
export function effectiveNames(changes: FilterTable): string[] {
  const after = changeFilters({}, changes);
  return Object.keys(after).filter((name) => isEffective(name, after[name]));
}

/**
 * Returns filters after a change, as Andesite applies it: settings that are not given stay, and null removes a filter of
 * a plug-in. Malformed settings change nothing; operations are checked before they are sent.
 */
export function changeFilters(known: FilterTable, changes: FilterTable): FilterTable {
  const changed = new Map(Object.entries(known));
  const updates = { ...readFilterUpdates(changes).updates, ...readEffectUpdates(changes).updates };
  for (const [name, settings] of Object.entries(updates)) {
    const before = known[name];
    const after = { ...(isRecord(before) && before), ...settings };
    changed.set(name, name === "equalizer" ? { bands: mergeBands(before, settings) } : after);
  }
  for (const [name, settings] of Object.entries(changes)) {
    if (isFilterName(name) || isEffectName(name)) continue;
    if (settings === null || settings === undefined) changed.delete(name);
    else changed.set(name, settings);
  }
  return Object.fromEntries(changed);
}

function mergeBands(before: unknown, settings: object): WireBand[] {
  const gains = new Map<number, number>();
  for (const source of [before, settings]) {
    const bands = isRecord(source) && Array.isArray(source["bands"]) ? source["bands"] : [];
    for (const { band, gain } of bands as readonly WireBand[]) gains.set(band, gain);
  }
  return Array.from(gains, ([band, gain]) => ({ band, gain }));
}

/**
 * Returns filters as a request has them, which replaces all filters of a player. Those without an effect are left out:
 * defaults of Andesite switch a rotation and a low pass off, but those of Lavalink do not.
 */
export function toLavalinkFilters(filters: FilterTable): Record<string, unknown> {
  const topLevel: Record<string, unknown> = {};
  const pluginFilters: Record<string, unknown> = {};
  for (const [name, settings] of Object.entries(filters)) {
    if (!isEffective(name, settings)) continue;
    const key = toLavalinkName(name);
    (topLevelNames.includes(key) ? topLevel : pluginFilters)[key] = toLavalinkSettings(name, settings);
  }
  return { ...topLevel, ...(Object.keys(pluginFilters).length > 0 && { pluginFilters }) };
}

function toLavalinkSettings(name: string, settings: unknown): unknown {
  if (!isRecord(settings) || !(isFilterName(name) || isEffectName(name))) return settings;
  const { enabled: _enabled, volume, bands, ...others } = settings;
  if (name === "volume") return volume;
  return name === "equalizer" ? bands : others;
}

function isEffective(name: string, settings: unknown): boolean {
  if (isFilterName(name)) return isRecord(settings) && isFilterEnabled(name, settings);
  return isEffectName(name) ? isRecord(settings) && isEffectEnabled(name, settings) : true;
}
