/** Default and accepted range of a setting. */
export interface SettingRange {
  /** Default value. */
  readonly default: number;
  /** Exclusive lower bound. Default: none. */
  readonly above?: number;
  /** Inclusive lower bound. Default: none. */
  readonly min?: number;
  /** Inclusive upper bound. Default: none. */
  readonly max?: number;
}

const define = <const Table extends Readonly<Record<string, SettingRange>>>(table: Table): Table =>
  Object.freeze(table);

const depth = { default: 0.5, above: 0, max: 1 } as const;

/** Settings of all filters except the equalizer. Frequencies and widths are in Hz. */
export const filterSettings = /* @__PURE__ */ Object.freeze({
  channelmix: define({
    leftToLeft: { default: 1 },
    leftToRight: { default: 0 },
    rightToLeft: { default: 0 },
    rightToRight: { default: 1 },
  }),
  karaoke: define({
    level: { default: 1 },
    monoLevel: { default: 1 },
    filterBand: { default: 220 },
    filterWidth: { default: 100 },
  }),
  lowpass: define({ smoothing: { default: 20 } }),
  rotation: define({ rotationHz: { default: 5 } }),
  timescale: define({
    speed: { default: 1, above: 0 },
    pitch: { default: 1, above: 0 },
    rate: { default: 1, above: 0 },
  }),
  tremolo: define({ frequency: { default: 2, above: 0 }, depth }),
  vibrato: define({ frequency: { default: 2, above: 0, max: 14 }, depth }),
  volume: define({ volume: { default: 1, min: 0, max: 5 } }),
});

/** Name of a filter whose settings are numbers. */
export type PlainFilterName = keyof typeof filterSettings;
/** Name of a filter. */
export type FilterName = PlainFilterName | "equalizer";

/** Names of all filters, in the order in which the node applies changes. */
export const filterNames: readonly FilterName[] = /* @__PURE__ */ Object.freeze([
  "channelmix",
  "equalizer",
  "karaoke",
  "lowpass",
  "rotation",
  "timescale",
  "tremolo",
  "vibrato",
  "volume",
]);

/** Returns whether a string is the name of a known filter. */
export const isFilterName = (name: string): name is FilterName =>
  name === "equalizer" || Object.hasOwn(filterSettings, name);

/** One band of the equalizer. */
export interface WireBand {
  /** Index of the band, 0 (25 Hz) to 14 (16 kHz). */
  readonly band: number;
  /**
   * Gain, −0.25 (muted) to 1 (five times the amplitude); 0 leaves the band unchanged. Older nodes do not
   * enforce the range.
   */
  readonly gain: number;
}

/** Number of bands of the equalizer. */
export const bandCount = 15;
/** Minimum gain of a band, which mutes its center. */
export const minGain = -0.25;
/** Maximum gain of a band. */
export const maxGain = 1;

/** Settings of the equalizer. */
export interface EqualizerSettings {
  /** Bands with an explicit gain. */
  readonly bands: readonly WireBand[];
}

/** Settings of a filter. */
export type FilterSettings<Name extends FilterName = FilterName> = Name extends PlainFilterName
  ? { readonly [Setting in keyof (typeof filterSettings)[Name]]: number }
  : EqualizerSettings;

/** Settings of a filter in a player's state. */
export type FilterState<Name extends FilterName = FilterName> = FilterSettings<Name> & {
  /** Whether the settings have an audible effect. */
  readonly enabled: boolean;
};

/** Changes to filters. Only the given settings of the given filters change. */
export type FilterUpdates = {
  -readonly [Name in FilterName]?: Name extends PlainFilterName
    ? { -readonly [Setting in keyof (typeof filterSettings)[Name]]?: number }
    : { bands: WireBand[] };
};

/** Smallest difference from the default that counts as audible. */
const minAudibleDifference = 0.01;

/**
 * Returns whether settings have an audible effect, the meaning of `enabled`: at least one differs from its
 * default by 0.01 or more. Missing settings count as their defaults.
 */
export function isFilterEnabled<Name extends FilterName>(
  name: Name,
  settings: Partial<FilterSettings<Name>>,
): boolean {
  if (name === "equalizer") {
    const { bands = [] } = settings as Partial<EqualizerSettings>;
    return bands.some(({ gain }) => Math.abs(gain) >= minAudibleDifference);
  }
  const given: Readonly<Record<string, number | undefined>> = settings as Record<string, number | undefined>;
  return Object.entries<SettingRange>(filterSettings[name as PlainFilterName]).some(
    ([setting, { default: normal }]) => Math.abs((given[setting] ?? normal) - normal) >= minAudibleDifference,
  );
}

/** Returns a description of the allowed range when a value is out of it; null for a valid value. */
export function settingProblem({ above, min, max }: SettingRange, value: unknown): string | null {
  const low = above !== undefined ? `above ${above}` : min !== undefined ? `at least ${min}` : "";
  const high = max !== undefined ? `at most ${max}` : "";
  const fits =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (above === undefined || value > above) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max);
  if (fits) return null;
  return ["a number", [low, high].filter(Boolean).join(" and ")].filter(Boolean).join(" ");
}
