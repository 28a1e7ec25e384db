import {
  bandCount,
  type FilterName,
  type FilterSettings,
  type FilterState,
  filterNames,
  filterSettings,
  fromLavalinkFilters,
  isFilterEnabled,
  type PlainFilterName,
  readFilterUpdates,
  type SettingRange,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { FilterError } from "./filter-error.ts";
import type { FilterValues } from "./filter-values.ts";

/** Spelling of filter names in a payload. */
type FilterSpelling = "andesite" | "lavalink";

/** Filters of a player as reported in its state. */
type FilterReport = { readonly [Name in FilterName]: FilterState<Name> };

function defaults<Name extends PlainFilterName>(name: Name): FilterSettings<Name> {
  const settings = Object.entries<SettingRange>(filterSettings[name]).map(([setting, range]) => [
    setting,
    range.default,
  ]);
  // The entries come from the table of this name, which the compiler cannot infer.
  return Object.fromEntries(settings) as FilterSettings<Name>;
}

const createDefaults = (): FilterValues => ({
  channelmix: defaults("channelmix"),
  equalizer: new Array<number>(bandCount).fill(0),
  karaoke: defaults("karaoke"),
  lowpass: defaults("lowpass"),
  rotation: defaults("rotation"),
  timescale: defaults("timescale"),
  tremolo: defaults("tremolo"),
  vibrato: defaults("vibrato"),
  volume: defaults("volume"),
});

const bandsOf = (gains: readonly number[]) => gains.map((gain, band) => ({ band, gain }));

/**
 * Returns whether a filter is enabled: at least one setting differs from its default by 0.01 or more (section
 * 12.3 of the protocol). There is no other switch.
 */
export const isEnabled = (values: FilterValues, name: FilterName): boolean =>
  name === "equalizer"
    ? isFilterEnabled(name, { bands: bandsOf(values.equalizer) })
    : isFilterEnabled(name, values[name]);

/** Returns whether any filter is enabled. */
export const anyEnabled = (values: FilterValues): boolean =>
  filterNames.some((name) => isEnabled(values, name));

/** Filter settings of one player. They outlive its tracks. */
export class FilterConfiguration {
  #values = createDefaults();

  /** Immutable snapshot of all settings, for the audio thread. */
  get values(): FilterValues {
    return this.#values;
  }

  /**
   * Applies the settings of a payload (section 12.1 of the protocol) in the order of section 12.3. Absent and
   * null settings keep their values. Equalizer bands may be in an object or a bare array, and `volume` may be
   * a bare number.
   *
   * @param spelling - `lavalink` also accepts `channelMix` and `lowPass`.
   * @throws FilterError naming the first invalid value; no setting is applied then.
   */
  update(payload: unknown, spelling: FilterSpelling = "andesite"): void {
    const readable = spelling === "lavalink" && isRecord(payload) ? fromLavalinkFilters(payload) : payload;
    const { updates, problem } = readFilterUpdates(readable);
    if (problem) throw new FilterError(problem.field, problem.expected);
    const values = this.#values;
    const gains = [...values.equalizer];
    for (const { band, gain } of updates.equalizer?.bands ?? []) gains[band] = gain;
    this.#values = {
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
  }

  /** Returns all filters with all their settings (section 12.2 of the protocol). */
  report(): FilterReport {
    const values = this.#values;
    const state = <Name extends PlainFilterName>(name: Name) => ({
      ...values[name],
      enabled: isEnabled(values, name),
    });
    return {
      channelmix: state("channelmix"),
      equalizer: { bands: bandsOf(values.equalizer), enabled: isEnabled(values, "equalizer") },
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
