import type { FilterValues } from "@asterite/audio/dsp";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { Track } from "@asterite/lavaplayer-track";
import { silentLogger } from "@asterite/util";
import { Engine } from "../../packages/andesite-node/src/engine/engine.ts";
import { defaultPlayOptions, type RemoteDeck } from "../../packages/andesite-node/src/engine/remote-deck.ts";
import type { RemotePlayer } from "../../packages/andesite-node/src/engine/remote-player.ts";
import type { Media } from "./media.ts";

/** Settings of the players whose cost is measured. */
export interface Scenario {
  readonly name: string;
  /** File that they play. */
  readonly file: keyof Media;
  /** Percent. */
  readonly volume: number;
  readonly filters: FilterValues;
  /** Payload of the operation `filters` that sets {@link filters}. */
  readonly filterPayload: object;
  /** Mixer players of each player; 0 for the single player. */
  readonly mixer: number;
  /** Numbers of players to try on one thread. */
  readonly counts: readonly number[];
}

/** Encoder settings of all players. */
export const opusOptions = { bitrate: 128_000, complexity: 5 } as const;

const withFilters = (filterPayload: object): Pick<Scenario, "filters" | "filterPayload"> => {
  const configuration = new FilterConfiguration();
  configuration.update(filterPayload);
  return { filters: configuration.values, filterPayload };
};

const bands = Array.from({ length: 15 }, (_, band) => ({ band, gain: 0.1 }));
const equalizer = withFilters({ equalizer: { bands } });
const all = withFilters({
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

const plain = { volume: 100, ...withFilters({}), mixer: 0 } as const;

/** The scenarios, from the cheapest to the most expensive. */
export const scenarios: readonly Scenario[] = [
  { ...plain, name: "Opus, passed through", file: "opus", counts: [500, 1_000, 1_500, 2_000] },
  { ...plain, name: "Opus, volume only", file: "opus", volume: 80, counts: [40, 60, 80, 100, 120] },
  { ...plain, name: "Opus, equalizer", file: "opus", ...equalizer, counts: [40, 60, 80, 100] },
  { ...plain, name: "MP3, equalizer", file: "mp3", ...equalizer, counts: [40, 50, 60, 80] },
  { ...plain, name: "MP3, all filters", file: "mp3", ...all, counts: [20, 30, 40, 50] },
  { ...plain, name: "Opus, mixer of two", file: "opus", mixer: 2, counts: [30, 40, 60, 80] },
];

/** Starts the audio of a node with one worker thread. */
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

/** A player and one of its decks. */
export interface Playing {
  readonly player: RemotePlayer;
  readonly deck: RemoteDeck;
}

/** Starts a player of a scenario at a random position in the first minute of its file. */
export function play(engine: Engine, scenario: Scenario, media: Media): Playing {
  const { file, volume, filterPayload, mixer } = scenario;
  const player = engine.add({
    locate: () => Promise.resolve({ type: "file", path: media[file] }),
    handleReport(report) {
      if (report.type === "exception") throw new Error(report.error.message);
    },
  });
  const track = new Track({ info: { title: "", author: "", identifier: media[file] }, source: "local" });
  const startDeck = (name: string | null): RemoteDeck => {
    const started = player.deck(name);
    started.setVolume(volume);
    started.updateFilters(filterPayload);
    const startMs = Math.floor(Math.random() * 60_000);
    started.play({ track, generation: 1, startMs, endMs: 0 }, defaultPlayOptions);
    return started;
  };
  const deck = startDeck(mixer === 0 ? null : "deck 1");
  for (let index = 2; index <= mixer; index++) startDeck(`deck ${index}`);
  if (mixer > 0) player.requestSource(true);
  player.radio = true;
  return { player, deck };
}
