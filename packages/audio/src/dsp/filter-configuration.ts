import {
  bandCount,
  type EffectName,
  type EffectState,
  effectDefaults,
  effectNames,
  type FilterName,
  type FilterState,
  filterNames,
  filterSettings,
  isEffectEnabled,
  isFilterEnabled,
  isLavalinkFilterEnabled,
  type LavalinkFilters,
  lavalinkFilterSettings,
  type PlainFilterName,
  readEffectUpdates,
  readFilterUpdates,
  type SettingRange,
} from "@asterite/andesite-protocol";
import { FilterError } from "./filter-error.ts";
import type { ChainFilterName, FilterValues } from "./filter-values.ts";

/** Filters of a player as reported in its state. */
export type FilterReport = { readonly [Name in FilterName]: FilterState<Name> } & {
  readonly [Name in EffectName]?: EffectState<Name>;
};

function defaults<Settings extends object>(table: { readonly [Name in keyof Settings]: SettingRange }) {
  const settings = Object.entries<SettingRange>(table).map(([setting, range]) => [setting, range.default]);
  // The entries have the names of this table, which the compiler cannot infer.
  return Object.fromEntries(settings) as { readonly [Name in keyof Settings]: number };
}

const allOff = Object.fromEntries(
  [...filterNames, "distortion", ...effectNames].map((name) => [name, false]),
) as FilterValues["enabled"];

const initialValues: FilterValues = Object.freeze({
  channelmix: defaults(filterSettings.channelmix),
  equalizer: new Array<number>(bandCount).fill(0),
  karaoke: defaults(filterSettings.karaoke),
  lowpass: defaults(filterSettings.lowpass),
  rotation: defaults(filterSettings.rotation),
  timescale: defaults(filterSettings.timescale),
  tremolo: defaults(filterSettings.tremolo),
  vibrato: defaults(filterSettings.vibrato),
  volume: defaults(filterSettings.volume),
  distortion: defaults(lavalinkFilterSettings.distortion),
  highpass: effectDefaults("highpass"),
  compressor: effectDefaults("compressor"),
  phaser: effectDefaults("phaser"),
  chorus: effectDefaults("chorus"),
  echo: effectDefaults("echo"),
  reverb: effectDefaults("reverb"),
  limiter: effectDefaults("limiter"),
  enabled: allOff,
});

const bandsOf = (gains: readonly number[]) => gains.map((gain, band) => ({ band, gain }));

/**
 * Returns whether settings of Andesite enable a filter: at least one differs from its default by 0.01 or more (section
 * 12.3 of the protocol). There is no other switch.
 */
const hasEffect = (values: FilterValues, name: FilterName): boolean =>
  name === "equalizer"
    ? isFilterEnabled(name, { bands: bandsOf(values.equalizer) })
    : isFilterEnabled(name, values[name]);

/** Returns whether an effect has its default settings. */
const hasDefaults = (values: FilterValues, name: EffectName): boolean => {
  const given: Readonly<Record<string, number>> = values[name];
  return Object.entries(effectDefaults(name)).every(([setting, normal]) => given[setting] === normal);
};

/** Returns whether any filter is enabled. */
export const anyEnabled = ({ enabled }: FilterValues): boolean => Object.values(enabled).includes(true);

/** Filter settings of one player. They outlive its tracks. */
export class FilterConfiguration {
  #values = initialValues;

  /** Immutable snapshot of all settings, for the audio thread. */
  get values(): FilterValues {
    return this.#values;
  }

  /**
   * Applies the settings of a payload (section 12.1 of the protocol) in the order of section 12.3. Absent and
   * null settings keep their values. Equalizer bands may be in an object or a bare array, and `volume` may be
   * a bare number.
   *
   * @throws FilterError naming the first invalid value; no setting is applied then.
   */
  update(payload: unknown): void {
    const { updates, problem } = readFilterUpdates(payload);
    if (problem) throw new FilterError(problem.field, problem.expected);
    const effects = readEffectUpdates(payload);
    if (effects.problem) throw new FilterError(effects.problem.field, effects.problem.expected);
    const values = this.#values;
    const gains = [...values.equalizer];
    for (const { band, gain } of updates.equalizer?.bands ?? []) gains[band] = gain;
    const changed: FilterValues = {
      ...values,
      channelmix: { ...values.channelmix, ...updates.channelmix },
      equalizer: gains,
      karaoke: { ...values.karaoke, ...updates.karaoke },
      lowpass: { ...values.lowpass, ...updates.lowpass },
      rotation: { ...values.rotation, ...updates.rotation },
      timescale: { ...values.timescale, ...updates.timescale },
      tremolo: { ...values.tremolo, ...updates.tremolo },
      vibrato: { ...values.vibrato, ...updates.vibrato },
      volume: { ...values.volume, ...updates.volume },
      highpass: { ...values.highpass, ...effects.updates.highpass },
      compressor: { ...values.compressor, ...effects.updates.compressor },
      phaser: { ...values.phaser, ...effects.updates.phaser },
      chorus: { ...values.chorus, ...effects.updates.chorus },
      echo: { ...values.echo, ...effects.updates.echo },
      reverb: { ...values.reverb, ...effects.updates.reverb },
      limiter: { ...values.limiter, ...effects.updates.limiter },
    };
    const enabled: Partial<Record<ChainFilterName, boolean>> = {};
    for (const name of filterNames) if (updates[name]) enabled[name] = hasEffect(changed, name);
    for (const name of effectNames) enabled[name] = isEffectEnabled(name, changed[name]);
    this.#values = { ...changed, enabled: { ...values.enabled, ...enabled } };
  }

  /** Replaces all filters by those of a Lavalink client. Filters that are left out are off. */
  replace(filters: LavalinkFilters): void {
    const { volume = 1, equalizer = [], channelMix, lowPass, pluginFilters = {}, ...others } = filters;
    const { highPass, ...effects } = pluginFilters;
    const gains = [...initialValues.equalizer];
    for (const { band, gain } of equalizer) gains[band] = gain;
    const enabled: Partial<Record<ChainFilterName, boolean>> = {
      volume: volume !== 1,
      equalizer: gains.some((gain) => gain !== 0),
      channelmix: channelMix !== undefined && isLavalinkFilterEnabled("channelMix", channelMix),
      lowpass: lowPass !== undefined && isLavalinkFilterEnabled("lowPass", lowPass),
    };
    for (const name of ["distortion", "karaoke", "rotation", "timescale", "tremolo", "vibrato"] as const) {
      const settings = others[name];
      enabled[name] = settings !== undefined && isLavalinkFilterEnabled(name, settings);
    }
    const values: FilterValues = {
      ...initialValues,
      ...others,
      ...effects,
      ...(channelMix && { channelmix: channelMix }),
      ...(lowPass && { lowpass: lowPass }),
      ...(highPass && { highpass: highPass }),
      volume: { volume },
      equalizer: gains,
    };
    for (const name of effectNames) enabled[name] = isEffectEnabled(name, values[name]);
    this.#values = { ...values, enabled: { ...allOff, ...enabled } };
  }

  /**
   * Returns all filters with all their settings (section 12.2 of the protocol), and the effects with a setting that differs
   * from its default: clients that never set one receive the filters of the original node only.
   */
  report(): FilterReport {
    const values = this.#values;
    const changed = effectNames.filter((name) => !hasDefaults(values, name));
    const effects = changed.map((name) => [name, { ...values[name], enabled: values.enabled[name] }]);
    const state = <Name extends PlainFilterName>(name: Name) => ({
      ...values[name],
      enabled: values.enabled[name],
    });
    return {
      channelmix: state("channelmix"),
      equalizer: { bands: bandsOf(values.equalizer), enabled: values.enabled.equalizer },
      karaoke: state("karaoke"),
      lowpass: state("lowpass"),
      rotation: state("rotation"),
      timescale: state("timescale"),
      tremolo: state("tremolo"),
      vibrato: state("vibrato"),
      volume: state("volume"),
      ...Object.fromEntries(effects),
    };
  }
}
