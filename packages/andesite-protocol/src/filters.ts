/** The default and the accepted range of one setting. */
export interface SettingRange {
  /** What the setting has when it is not given. */
  readonly default: number;
  /** Exclusive lower bound. Default: none. */
  readonly above?: number;
  /** Inclusive upper bound. Default: none. */
  readonly max?: number;
}

const define = <const Table extends Readonly<Record<string, SettingRange>>>(table: Table): Table =>
  Object.freeze(table);

const depth = { default: 0.5, above: 0, max: 1 } as const;

/** The settings of every filter but the equalizer. Frequencies and widths are in Hz. */
export const filterSettings = Object.freeze({
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
  volume: define({ volume: { default: 1, above: 0, max: 5 } }),
});

/** Name of a filter whose settings are single numbers. */
export type PlainFilterName = keyof typeof filterSettings;
/** Name of a filter. */
export type FilterName = PlainFilterName | "equalizer";

/** Every filter, in the order in which the node changes their settings. */
export const filterNames: readonly FilterName[] = Object.freeze([
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

/** Whether a text is the name of a filter of the protocol. */
export const isFilterName = (name: string): name is FilterName =>
  name === "equalizer" || Object.hasOwn(filterSettings, name);

/** One band of the equalizer. */
export interface WireBand {
  /** 0 to 14, from 25 Hz to 16 kHz. */
  readonly band: number;
  /** −0.25 (silent) to 1 (five times); 0 changes nothing. Older nodes do not enforce the range. */
  readonly gain: number;
}

/** How many bands the equalizer has. */
export const bandCount = 15;
/** The smallest gain of a band: it removes the middle of the band. */
export const minGain = -0.25;
/** The largest gain of a band. */
export const maxGain = 1;

/** The settings of the equalizer. */
export interface EqualizerSettings {
  /** The bands that are set. */
  readonly bands: readonly WireBand[];
}

/** The settings of a filter. */
export type FilterSettings<Name extends FilterName = FilterName> = Name extends PlainFilterName
  ? { readonly [Setting in keyof (typeof filterSettings)[Name]]: number }
  : EqualizerSettings;

/** The settings of a filter as a player reports them. */
export type FilterState<Name extends FilterName = FilterName> = FilterSettings<Name> & {
  /** Whether the settings can be heard. */
  readonly enabled: boolean;
};

/** Changes to filters: of those that are named, and there of the settings that are given. */
export type FilterUpdates = {
  -readonly [Name in FilterName]?: Name extends PlainFilterName
    ? { -readonly [Setting in keyof (typeof filterSettings)[Name]]?: number }
    : { bands: WireBand[] };
};

const audible = 0.01;

/**
 * Whether settings can be heard, which is what `enabled` means: one of them differs from its default by at
 * least 0.01. Settings that are not given count as their defaults.
 */
export function isFilterEnabled<Name extends FilterName>(
  name: Name,
  settings: Partial<FilterSettings<Name>>,
): boolean {
  if (name === "equalizer") {
    const { bands = [] } = settings as Partial<EqualizerSettings>;
    return bands.some(({ gain }) => Math.abs(gain) >= audible);
  }
  const given: Readonly<Record<string, number | undefined>> = settings as Record<string, number | undefined>;
  return Object.entries<SettingRange>(filterSettings[name as PlainFilterName]).some(
    ([setting, { default: normal }]) => Math.abs((given[setting] ?? normal) - normal) >= audible,
  );
}

/** What is allowed for a setting, as text; null when the value is fine. */
export function settingProblem({ above, max }: SettingRange, value: unknown): string | null {
  const low = above !== undefined ? `above ${above}` : "";
  const high = max !== undefined ? `at most ${max}` : "";
  const fits =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max);
  if (fits) return null;
  return ["a number", [low, high].filter(Boolean).join(" and ")].filter(Boolean).join(" ");
}
