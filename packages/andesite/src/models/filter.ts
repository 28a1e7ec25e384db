import {
  type FilterSettings,
  filterSettings,
  type PlainFilterName,
  readFilterState,
  type SettingRange,
  settingProblem,
} from "@asterite/andesite-protocol";
import { requireKnownOptions } from "../checks.ts";
import { MalformedDataError, OutOfRangeError } from "../errors.ts";

/** Base class of all filters. */
export abstract class Filter {
  /**
   * Whether the filter is active. Never sent, because nodes derive it from the settings: a disabled filter is
   * sent with its default settings, which have no effect. Default: true.
   */
  enabled = true;
  /** Name of the filter on the wire. */
  abstract readonly filterName: string;

  /** Restores the default settings. */
  abstract reset(): void;
  /** Returns the settings as they are sent. */
  abstract toRaw(): object;
  /** Returns the settings in the form of a player's state, with `enabled`. */
  abstract toState(): object;
}

/** Settings of a filter and `enabled`, all optional. */
export type FilterOptions<Name extends PlainFilterName> = Partial<FilterSettings<Name>> & {
  readonly enabled?: boolean;
};

/** Base class of filters whose settings are numbers. */
export abstract class PlainFilter<Name extends PlainFilterName> extends Filter {
  abstract override readonly filterName: Name;

  override reset(): void {
    Object.assign(this, defaultsOf(this.filterName));
  }

  override toRaw(): FilterSettings<Name> {
    return this.enabled ? this.#settings() : defaultsOf(this.filterName);
  }

  override toState(): FilterSettings<Name> & { readonly enabled: boolean } {
    return { ...this.#settings(), enabled: this.enabled };
  }

  /**
   * Assigns settings without checking their ranges.
   *
   * @throws InvalidTypeError naming an unknown setting.
   */
  protected assign(options: FilterOptions<Name> | null | undefined): void {
    requireKnownOptions("", options, ["enabled", ...Object.keys(filterSettings[this.filterName])]);
    for (const [key, value] of Object.entries(options ?? {})) {
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }

  /**
   * Returns a value that is in the range of a setting.
   *
   * @throws OutOfRangeError naming the setting.
   */
  protected checked(setting: keyof FilterSettings<Name> & string, value: number): number {
    const table: Readonly<Record<string, SettingRange>> = filterSettings[this.filterName];
    const problem = settingProblem(table[setting] ?? { default: 0 }, value);
    if (problem) throw new OutOfRangeError(setting, problem);
    return value;
  }

  #settings(): FilterSettings<Name> {
    const own = this as unknown as Readonly<Record<string, number>>;
    const names = Object.keys(filterSettings[this.filterName]);
    return Object.fromEntries(names.map((name) => [name, own[name]])) as FilterSettings<Name>;
  }
}

const defaultsOf = <Name extends PlainFilterName>(name: Name): FilterSettings<Name> =>
  Object.fromEntries(
    Object.entries<SettingRange>(filterSettings[name]).map(([setting, range]) => [setting, range.default]),
  ) as FilterSettings<Name>;

/**
 * Reads the settings of a filter. Missing settings get their defaults.
 *
 * @throws MalformedDataError
 */
export function readPlainFilter<Name extends PlainFilterName>(name: Name, raw: unknown): FilterOptions<Name> {
  const state = readFilterState(name, raw);
  if (!state) throw new MalformedDataError(name, "", "the settings of a filter");
  return state as FilterOptions<Name>;
}
