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
import { FilterError } from "./filter-error.ts";
import type { FilterValues } from "./filter-values.ts";

/** How a client spells its filters. */
type FilterSpelling = "andesite" | "lavalink";

/** The filters of a player as they stand in its state. */
type FilterReport = { readonly [Name in FilterName]: FilterState<Name> };

function defaults<Name extends PlainFilterName>(name: Name): FilterSettings<Name> {
  const settings = Object.entries<SettingRange>(filterSettings[name]).map(([setting, range]) => [
    setting,
    range.default,
  ]);
  // Made from the table of this very name, which the compiler cannot follow.
  return Object.fromEntries(settings) as FilterSettings<Name>;
}

const untouched = (): FilterValues => ({
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
 * Whether a filter can be heard: some setting is at least 0.01 away from its default (section 12.3 of the
 * protocol). There is no other switch.
 */
export const isEnabled = (values: FilterValues, name: FilterName): boolean =>
  name === "equalizer"
    ? isFilterEnabled(name, { bands: bandsOf(values.equalizer) })
    : isFilterEnabled(name, values[name]);

/** Whether any filter can be heard. */
export const anyEnabled = (values: FilterValues): boolean =>
  filterNames.some((name) => isEnabled(values, name));

/** The filter settings of one player. They outlive tracks. */
export class FilterConfiguration {
  #values = untouched();

  /** All settings as they are now, for the thread that works with them. Later updates do not change them. */
  get values(): FilterValues {
    return this.#values;
  }

  /**
   * Takes up the settings that a payload holds (section 12.1 of the protocol), one after the other in the
   * order of section 12.3. What is not mentioned, or null, keeps its value. The bands of the equalizer may
   * stand in an object or alone, and `volume` may be a bare number.
   *
   * @param spelling - `lavalink` also takes `channelMix` and `lowPass`.
   * @throws FilterError at the first wrong value; what came before it stays changed.
   */
  update(payload: unknown, spelling: FilterSpelling = "andesite"): void {
    const readable = spelling === "lavalink" && isRecord(payload) ? fromLavalinkFilters(payload) : payload;
    const { updates, problem } = readFilterUpdates(readable);
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
    if (problem) throw new FilterError(problem.field, problem.expected);
  }

  /** All filters with all their settings (section 12.2 of the protocol). */
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

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
