import type { FilterTable } from "@asterite/queue";

/** A sound that people can choose by name. */
interface Preset {
  readonly help: string;
  readonly filters: FilterTable;
}

const bands = (...gains: number[]): FilterTable => ({
  equalizer: { bands: gains.map((gain, band) => ({ band, gain })) },
});

// Settings that equal the defaults of the protocol cannot be heard, so each of these differs from them.
/** Every preset by its name. Speeds change the position too, so they are given as `speed` and not as `rate`. */
export const presets: ReadonlyMap<string, Preset> = new Map([
  ["bassboost", { help: "more bass", filters: bands(0.25, 0.22, 0.18, 0.12, 0.06) }],
  [
    "treble",
    { help: "more treble", filters: bands(0, 0, 0, 0, 0, 0, 0, 0, 0, 0.08, 0.14, 0.18, 0.22, 0.25, 0.25) },
  ],
  ["nightcore", { help: "faster and higher", filters: { timescale: { speed: 1.2, pitch: 1.2, rate: 1 } } }],
  ["vaporwave", { help: "slower and lower", filters: { timescale: { speed: 0.8, pitch: 0.8, rate: 1 } } }],
  ["fast", { help: "faster at the same height", filters: { timescale: { speed: 1.2, pitch: 1, rate: 1 } } }],
  ["slow", { help: "slower at the same height", filters: { timescale: { speed: 0.8, pitch: 1, rate: 1 } } }],
  ["8d", { help: "goes round your head", filters: { rotation: { rotationHz: 0.2 } } }],
  [
    "karaoke",
    {
      help: "takes the singer out",
      filters: { karaoke: { level: 1, monoLevel: 0.9, filterBand: 220, filterWidth: 100 } },
    },
  ],
  ["soft", { help: "without the sharpness", filters: { lowpass: { smoothing: 12 } } }],
  ["tremolo", { help: "trembles", filters: { tremolo: { frequency: 4, depth: 0.75 } } }],
  ["vibrato", { help: "wavers", filters: { vibrato: { frequency: 6, depth: 0.6 } } }],
  [
    "mono",
    {
      help: "the same in both ears",
      filters: { channelmix: { leftToLeft: 0.5, leftToRight: 0.5, rightToLeft: 0.5, rightToRight: 0.5 } },
    },
  ],
]);
