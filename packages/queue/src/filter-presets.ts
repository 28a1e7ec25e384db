import { argumentError } from "./errors.ts";
import type { FilterTable } from "./filters.ts";

/** Named combination of filters. */
export interface FilterPreset {
  /** What it sounds like, in a few words. */
  readonly description: string;
  /** Settings, all of them for each filter. */
  readonly filters: FilterTable;
}

const bands = (...gains: number[]): FilterTable => ({
  equalizer: { bands: Array.from({ length: 15 }, (_, band) => ({ band, gain: gains[band] ?? 0 })) },
});
const timescale = (speed: number, pitch: number): FilterTable => ({ timescale: { speed, pitch, rate: 1 } });

const presets = {
  bassboost: { description: "more bass", filters: bands(0.25, 0.22, 0.18, 0.12, 0.06) },
  treble: {
    description: "more treble",
    filters: bands(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.08, 0.14, 0.18, 0.22, 0.25, 0.25),
  },
  nightcore: { description: "faster and higher-pitched", filters: timescale(1.2, 1.2) },
  vaporwave: { description: "slower and lower-pitched", filters: timescale(0.8, 0.8) },
  fast: { description: "faster at the same pitch", filters: timescale(1.2, 1) },
  slow: { description: "slower at the same pitch", filters: timescale(0.8, 1) },
  "8d": { description: "rotates around your head", filters: { rotation: { rotationHz: 0.2 } } },
  karaoke: {
    description: "reduces the vocals",
    filters: { karaoke: { level: 1, monoLevel: 0.9, filterBand: 220, filterWidth: 100 } },
  },
  soft: { description: "softer highs", filters: { lowpass: { smoothing: 12 } } },
  tremolo: { description: "wavering volume", filters: { tremolo: { frequency: 4, depth: 0.75 } } },
  vibrato: { description: "wavering pitch", filters: { vibrato: { frequency: 6, depth: 0.6 } } },
  reverb: { description: "a large hall", filters: { reverb: { decay: 2500, damping: 0.4, mix: 0.3 } } },
  echo: {
    description: "repeats, softer each time",
    filters: { echo: { delay: 350, feedback: 0.45, mix: 0.35 } },
  },
  chorus: {
    description: "many voices",
    filters: { chorus: { rate: 0.8, depth: 0.5, delay: 20, feedback: 0, mix: 0.5 } },
  },
  phaser: {
    description: "sweeping notches",
    filters: {
      phaser: {
        stages: 6,
        rate: 0.3,
        depth: 1,
        feedback: 0.4,
        minFrequency: 200,
        maxFrequency: 3000,
        mix: 0.5,
      },
    },
  },
  night: {
    description: "evens out loud and quiet passages",
    filters: {
      compressor: { threshold: -36, ratio: 4, attack: 10, release: 300, knee: 12, gain: 12 },
      limiter: { ceiling: -1, release: 120 },
    },
  },
  mono: {
    description: "the same in both channels",
    filters: { channelmix: { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 } },
  },
} satisfies Readonly<Record<string, FilterPreset>>;

/** Name of a filter preset. */
export type FilterPresetName = keyof typeof presets;

/**
 * Filter presets by name. Each differs from the defaults of the protocol, which are inaudible. Tempo changes
 * use `speed`, not `rate`, because nodes advance the position by `speed` only.
 */
export const filterPresets: Readonly<Record<FilterPresetName, FilterPreset>> = Object.freeze(presets);

/** Returns whether there is a preset with a name. */
export const isFilterPreset = (name: string): name is FilterPresetName => Object.hasOwn(filterPresets, name);

/**
 * Combines presets, for `QueuePlayer.setFilters`. Of two presets with the same filter, such as `nightcore` and
 * `slow`, the later one applies.
 *
 * @throws QueueError `BAD_ARGUMENT` for an unknown name.
 */
export function combineFilterPresets(names: readonly string[]): FilterTable {
  if (!Array.isArray(names)) throw argumentError("names", names, "an array of names of presets");
  const tables = names.map((name: string) => {
    if (isFilterPreset(name)) return filterPresets[name].filters;
    throw argumentError("preset", name, Object.keys(filterPresets).join(", "));
  });
  return Object.assign({}, ...tables);
}
