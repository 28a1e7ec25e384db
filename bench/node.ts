// npm run bench -- node [SECONDS]: how many players one thread carries, and what each costs.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { FilterConfiguration } from "../packages/andesite-node/src/dsp/filter-configuration.ts";
import { Engine } from "../packages/andesite-node/src/engine/engine.ts";
import type { EnginePlayer } from "../packages/andesite-node/src/engine/engine-player.ts";
import type { DeckSettings, WorkerLoad } from "../packages/andesite-node/src/engine/messages.ts";
import { silentLogger } from "../packages/andesite-node/src/logger.ts";
import { makeMedia } from "./node/media.ts";

const seconds = Number(process.argv[2] ?? 6);
const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
const media = await makeMedia(folder);

const settings = (volume: number, filters: object = {}): DeckSettings => {
  const configuration = new FilterConfiguration();
  configuration.update(filters);
  return { volume, paused: false, filters: configuration.values };
};

const equalizer = { equalizer: { bands: Array.from({ length: 15 }, (_, band) => ({ band, gain: 0.1 })) } };
const all = {
  ...equalizer,
  karaoke: { level: 0.5 },
  timescale: { speed: 1.1, pitch: 1.05 },
  tremolo: { frequency: 4, depth: 0.3 },
  vibrato: { frequency: 4, depth: 0.3 },
  rotation: { rotationHz: 0.2 },
  channelmix: { leftToRight: 0.2 },
  lowpass: { smoothing: 3 },
  volume: { volume: 0.8 },
};

interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly settings: DeckSettings;
  /** Players of the mixer; 0 for the single player. */
  readonly mixer: number;
  readonly counts: readonly number[];
}

const scenarios: readonly Scenario[] = [
  {
    name: "Opus, passed through",
    file: media.opus,
    settings: settings(100),
    mixer: 0,
    counts: [500, 1_000, 1_500, 2_000],
  },
  {
    name: "Opus, volume only",
    file: media.opus,
    settings: settings(80),
    mixer: 0,
    counts: [40, 60, 80, 100, 120],
  },
  {
    name: "Opus, equalizer",
    file: media.opus,
    settings: settings(100, equalizer),
    mixer: 0,
    counts: [40, 60, 80, 100],
  },
  {
    name: "MP3, equalizer",
    file: media.mp3,
    settings: settings(100, equalizer),
    mixer: 0,
    counts: [40, 50, 60, 80],
  },
  {
    name: "MP3, all filters",
    file: media.mp3,
    settings: settings(100, all),
    mixer: 0,
    counts: [20, 30, 40, 50],
  },
  {
    name: "Opus, mixer of two",
    file: media.opus,
    settings: settings(100),
    mixer: 2,
    counts: [30, 40, 60, 80],
  },
];

/** The lateness, in ms, that all but one in a hundred ticks keep below. */
function p99(before: Uint32Array | undefined, after: Uint32Array): number {
  const counts = after.map((count, ms) => count - (before?.[ms] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const [ms, count] of counts.entries()) {
    sum += count;
    if (sum >= 0.99 * total) return ms;
  }
  return counts.length;
}

function play(engine: Engine, { file, settings, mixer }: Scenario): EnginePlayer {
  const player = engine.add({
    locate: () => Promise.resolve({ type: "file", path: file }),
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
  const decks = mixer === 0 ? [null] : Array.from({ length: mixer }, (_, index) => `deck ${index}`);
  for (const name of decks) {
    player.deck(name, settings).play({ ...order, startMs: Math.floor(Math.random() * 60_000) });
  }
  if (mixer > 0) player.requestSource(true);
  player.radio = true;
  return player;
}

async function measure(scenario: Scenario, count: number): Promise<boolean> {
  const engine = new Engine(
    {
      opus: { bitrate: 128_000, complexity: 5 },
      stuckThresholdMs: 10_000,
      allowPrivateAddresses: false,
      voice: { connectTimeoutMs: 15_000, resumeAttempts: 5 },
      voiceAuthority: null,
    },
    1,
    silentLogger,
  );
  play(engine, scenario);
  await wait(1_500);
  const [beforeBytes] = [process.memoryUsage().rss];
  for (let index = 1; index < count; index++) {
    play(engine, scenario);
    if (index % 20 === 0) await wait(20);
  }
  await wait(3_000);
  const empty = new Worker(new URL("node/empty-clock.ts", import.meta.url));
  const before = engine.loads[0];
  const cpu = process.cpuUsage();
  await wait(1_000 * seconds);
  const used = process.cpuUsage(cpu);
  const after = engine.loads[0];
  const emptyLateness = await new Promise<Uint32Array>((resolve) => {
    empty.once("message", resolve);
    empty.postMessage("end");
  });
  const memory = (process.memoryUsage().rss - beforeBytes) / Math.max(1, count - 1) / 2 ** 20;
  await engine.close();
  if (!before || !after) throw new Error("the thread reported nothing");
  return tell(scenario, count, {
    before,
    after,
    emptyLateness,
    cpu: (used.user + used.system) / 1_000,
    memory,
  });
}

interface Figures {
  readonly before: WorkerLoad;
  readonly after: WorkerLoad;
  readonly emptyLateness: Uint32Array;
  /** ms. */
  readonly cpu: number;
  /** MiB a player. */
  readonly memory: number;
}

function tell({ name }: Scenario, count: number, figures: Figures): boolean {
  const { before, after, emptyLateness, cpu, memory } = figures;
  const late = p99(before.lateness, after.lateness);
  const empty = p99(undefined, emptyLateness);
  const skipped = after.skipped - before.skipped;
  const holds = late - empty <= 5 && skipped === 0;
  console.log(
    [
      name.padEnd(22),
      `${count}`.padStart(5),
      `p99 ${late} ms`.padStart(10),
      `empty ${empty} ms`.padStart(12),
      `skipped ${skipped}`.padStart(12),
      `busy ${(100 * after.busy).toFixed(0)} %`.padStart(10),
      `${(cpu / seconds / count).toFixed(2)} ms/s`.padStart(12),
      `${memory.toFixed(2)} MiB`.padStart(10),
      holds ? "holds" : "does not hold",
    ].join("  "),
  );
  return holds;
}

console.log("scenario              players   lateness     of an empty clock   CPU a player, memory a player");
for (const scenario of scenarios) {
  for (const count of scenario.counts) if (!(await measure(scenario, count))) break;
}
await rm(folder, { recursive: true });
process.exit(0);
