import {
  bandCount,
  type FilterName,
  type FilterState,
  filterNames,
  filterSettings,
  isFilterEnabled,
  isLavalinkFilterEnabled,
  type LavalinkFilters,
  lavalinkFilterSettings,
  type PlainFilterName,
  readFilterUpdates,
  type SettingRange,
} from "@asterite/andesite-protocol";
import { FilterError } from "./filter-error.ts";
import type { ChainFilterName, FilterValues } from "./filter-values.ts";

/** Filters of a player as reported in its state. */
type FilterReport = { readonly [Name in FilterName]: FilterState<Name> };

function defaults<Settings extends object>(table: { readonly [Name in keyof Settings]: SettingRange }) {
  const settings = Object.entries<SettingRange>(table).map(([setting, range]) => [setting, range.default]);
  // The entries have the names of this table, which the compiler cannot infer.
  return Object.fromEntries(settings) as { readonly [Name in keyof Settings]: number };
}

const allOff = Object.fromEntries(
  [...filterNames, "distortion"].map((name) => [name, false]),
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
    };
    const given = filterNames.filter((name) => updates[name] !== undefined);
    const enabled = Object.fromEntries(given.map((name) => [name, hasEffect(changed, name)]));
    this.#values = { ...changed, enabled: { ...values.enabled, ...enabled } };
  }

  /** Replaces all filters by those of a Lavalink client. Filters that are left out are off. */
  replace(filters: LavalinkFilters): void {
    const { volume = 1, equalizer = [], channelMix, lowPass, ...others } = filters;
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
    this.#values = {
      ...initialValues,
      ...others,
      ...(channelMix && { channelmix: channelMix }),
      ...(lowPass && { lowpass: lowPass }),
      volume: { volume },
      equalizer: gains,
      enabled: { ...allOff, ...enabled },
    };
  }

  /** Returns all filters with all their settings (section 12.2 of the protocol). */
  report(): FilterReport {
    const values = this.#values;
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
    };
  }
}
