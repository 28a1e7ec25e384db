import type { FilterValues } from "@asterite/audio/dsp";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { silentLogger } from "@asterite/util";
import { Engine } from "../../packages/andesite-node/src/engine/engine.ts";
import type { EngineDeck } from "../../packages/andesite-node/src/engine/remote-deck.ts";
import type { EnginePlayer } from "../../packages/andesite-node/src/engine/remote-player.ts";
import type { Media } from "./media.ts";

/** What players do whose costs are measured. */
export interface Scenario {
  readonly name: string;
  /** Which of the files. */
  readonly file: keyof Media;
  /** Percent. */
  readonly volume: number;
  readonly filters: FilterValues;
  /** Players of the mixer; 0 for the single player. */
  readonly mixer: number;
  /** How many players are tried on one thread. */
  readonly counts: readonly number[];
}

/** How every player encodes. */
export const opusOptions = { bitrate: 128_000, complexity: 5 } as const;

const filtersOf = (update: object): FilterValues => {
  const configuration = new FilterConfiguration();
  configuration.update(update);
  return configuration.values;
};

const none = filtersOf({});
const bands = Array.from({ length: 15 }, (_, band) => ({ band, gain: 0.1 }));
const equalizer = filtersOf({ equalizer: { bands } });
const all = filtersOf({
  equalizer: { bands },
  karaoke: { level: 0.5 },
  timescale: { speed: 1.1, pitch: 1.05 },
  tremolo: { frequency: 4, depth: 0.3 },
  vibrato: { frequency: 4, depth: 0.3 },
  rotation: { rotationHz: 0.2 },
  channelmix: { leftToRight: 0.2 },
  lowpass: { smoothing: 3 },
  volume: { volume: 0.8 },
});

const plain = { volume: 100, filters: none, mixer: 0 } as const;

/** From the cheapest to the dearest. */
export const scenarios: readonly Scenario[] = [
  { ...plain, name: "Opus, passed through", file: "opus", counts: [500, 1_000, 1_500, 2_000] },
  { ...plain, name: "Opus, volume only", file: "opus", volume: 80, counts: [40, 60, 80, 100, 120] },
  { ...plain, name: "Opus, equalizer", file: "opus", filters: equalizer, counts: [40, 60, 80, 100] },
  { ...plain, name: "MP3, equalizer", file: "mp3", filters: equalizer, counts: [40, 50, 60, 80] },
  { ...plain, name: "MP3, all filters", file: "mp3", filters: all, counts: [20, 30, 40, 50] },
  { ...plain, name: "Opus, mixer of two", file: "opus", mixer: 2, counts: [30, 40, 60, 80] },
];

/** The audio of a node, in one thread. */
export const startEngine = (): Engine =>
  new Engine(
    {
      opus: opusOptions,
      stuckThresholdMs: 10_000,
      bytes: { allowPrivateAddresses: false, userAgent: "bench", limits: {} },
      voice: { connectTimeoutMs: 15_000, resumeAttempts: 5 },
      voiceAuthority: null,
    },
    1,
    silentLogger,
  );

/** A player, and one of its decks. */
export interface Playing {
  readonly player: EnginePlayer;
  readonly deck: EngineDeck;
}

/** Starts a player of a scenario, somewhere in the first minute of its file. */
export function play(engine: Engine, scenario: Scenario, media: Media): Playing {
  const { file, volume, filters, mixer } = scenario;
  const player = engine.add({
    locate: () => Promise.resolve({ type: "file", path: media[file] }),
    ended() {},
    exception(_deck, _generation, error) {
      throw error;
    },
    stuck() {},
    sourceChanged() {},
    voiceClosed() {},
    deckRemoved() {},
  });
  const order = { generation: 1, endMs: 0, crossfadeMs: 0, normalize: false, next: false };
  const putOn = (name: string | null): EngineDeck => {
    const made = player.deck(name, { volume, paused: false, filters });
    made.play({ ...order, startMs: Math.floor(Math.random() * 60_000) });
    return made;
  };
  const deck = putOn(mixer === 0 ? null : "deck 1");
  for (let index = 2; index <= mixer; index++) putOn(`deck ${index}`);
  if (mixer > 0) player.requestSource(true);
  player.radio = true;
  return { player, deck };
}
