import type { FilterTable } from "@asterite/queue";

/** Named combination of filters. */
interface Preset {
  readonly help: string;
  readonly filters: FilterTable;
}

const bands = (...gains: number[]): FilterTable => ({
  equalizer: { bands: gains.map((gain, band) => ({ band, gain })) },
});

/**
 * All presets by name. Each differs from the defaults of the protocol, which are inaudible. Tempo changes use
 * `speed`, not `rate`, because nodes advance the position by `speed` only.
 */
export const presets: ReadonlyMap<string, Preset> = new Map([
  ["bassboost", { help: "more bass", filters: bands(0.25, 0.22, 0.18, 0.12, 0.06) }],
  [
    "treble",
    { help: "more treble", filters: bands(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.08, 0.14, 0.18, 0.22, 0.25, 0.25) },
  ],
  [
    "nightcore",
    { help: "faster and higher-pitched", filters: { timescale: { speed: 1.2, pitch: 1.2, rate: 1 } } },
  ],
  [
    "vaporwave",
    { help: "slower and lower-pitched", filters: { timescale: { speed: 0.8, pitch: 0.8, rate: 1 } } },
  ],
  ["fast", { help: "faster at the same pitch", filters: { timescale: { speed: 1.2, pitch: 1, rate: 1 } } }],
  ["slow", { help: "slower at the same pitch", filters: { timescale: { speed: 0.8, pitch: 1, rate: 1 } } }],
  ["8d", { help: "rotates around your head", filters: { rotation: { rotationHz: 0.2 } } }],
  [
    "karaoke",
    {
      help: "reduces the vocals",
      filters: { karaoke: { level: 1, monoLevel: 0.9, filterBand: 220, filterWidth: 100 } },
    },
  ],
  ["soft", { help: "softer highs", filters: { lowpass: { smoothing: 12 } } }],
  ["tremolo", { help: "wavering volume", filters: { tremolo: { frequency: 4, depth: 0.75 } } }],
  ["vibrato", { help: "wavering pitch", filters: { vibrato: { frequency: 6, depth: 0.6 } } }],
  [
    "mono",
    {
      help: "the same in both channels",
      filters: { channelmix: { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 } },
    },
  ],
]);
