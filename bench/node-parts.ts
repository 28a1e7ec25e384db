// npm run bench -- node-parts [SECONDS]: what a player costs by its parts, and what a node takes its time for. After
// npm run build the command is measured as it is published, too.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeMedia } from "./node/media.ts";
import { aloneCosts, cpuMs, type PartCosts, partCosts } from "./node/parts.ts";
import { type Playing, play, type Scenario, scenarios, startEngine } from "./node/scenarios.ts";
import { commands, firstAudio, loading, makeFolder, median, startUp } from "./node/service.ts";

const seconds = Number(process.argv[2] ?? 3);
/** Players at a time: few enough that none is late, many enough that they do not find the caches to themselves. */
const players = 25;
/** Seconds of audio that each of the parts works on, for each player. */
const partSeconds = 3;
/** How often each is measured, in turn; told is the median. */
const rounds = 3;
/** Until all players have opened their files, and a new thread has compiled what it runs. */
const warmUpMs = 4_000;
/** Until players that stood still go evenly. */
const settleMs = 500;
const titleWidth = 56;

const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
const media = await makeMedia(folder);

/** Players of a scenario, which stand still but when they are measured. */
class Players {
  readonly #speed: number;
  readonly #engine = startEngine();
  readonly #playing: readonly Playing[];

  constructor(scenario: Scenario) {
    this.#speed = scenario.filters.timescale.speed;
    this.#playing = Array.from({ length: players }, () => play(this.#engine, scenario, media));
  }

  /**
   * ms of processor time for a second that one of them is heard. What counts is how far they come: on a busy machine
   * that is less than the time that passes.
   */
  async cost(): Promise<number> {
    this.drive(true);
    await wait(settleMs);
    const [playedBeforeMs, cpuBeforeMs] = [this.#playedMs, cpuMs()];
    await wait(1_000 * seconds);
    const [cpu, played] = [cpuMs() - cpuBeforeMs, this.#playedMs - playedBeforeMs];
    this.drive(false);
    return (1_000 * cpu * this.#speed) / played;
  }

  drive(isHeard: boolean): void {
    for (const { player } of this.#playing) player.radio = isHeard;
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  get #playedMs(): number {
    return this.#playing.reduce((sum, { deck }) => sum + deck.positionMs, 0);
  }
}

const sumOf = ({ decode, resample, filter, encode }: PartCosts): number =>
  decode + resample + filter + encode;

const cell = (value: number, digits = 2): string => value.toFixed(digits).padStart(9);
const titles = ["decode", "resample", "filter", "encode", "sum", "player", "ratio"];

console.log(`ms of processor time for a second of a player, of ${players} on one thread`);
console.log(`${"".padEnd(24)}${titles.map((title) => title.padStart(9)).join("")}`);
for (const scenario of scenarios.slice(1)) {
  const whole = new Players(scenario);
  await wait(warmUpMs);
  whole.drive(false);
  const figures: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const parts = await partCosts(scenario, media[scenario.file], players, partSeconds);
    const [sum, cost] = [sumOf(parts), await whole.cost()];
    figures.push([parts.decode, parts.resample, parts.filter, parts.encode, sum, cost, cost / sum]);
  }
  await whole.close();
  const medians = titles.map((_, column) => median(figures.map((row) => row[column] ?? Number.NaN)));
  console.log(`${scenario.name.padEnd(24)}${medians.map((value) => cell(value)).join("")}`);
}

console.log("\nalone, with the processor to themselves: ms for a second, and times real time");
for (const kind of ["opus", "mp3"] as const) {
  const { decode, encode } = await aloneCosts(media[kind], 10 * partSeconds);
  const row = (what: string, cost: number) =>
    console.log(`${what.padEnd(33)}${cell(cost)}${cell(1_000 / cost, 0)}`);
  row(`${kind} read and decoded`, decode);
  if (kind === "opus") row("Opus encoded", encode);
}

const music = join(folder, "music");
const paths = await makeFolder(music);
const { firstMs, local, search } = await loading(music, paths, seconds);
const tell = (what: string, value: number, unit: string, digits = 0) =>
  console.log(`${what.padEnd(titleWidth)}${cell(value, digits)} ${unit}`);
console.log("");
tell("first file that a new node loads", firstMs, "ms");
tell("local files, 8 at a time", local, "/s");
tell("searches, 8 at a time", search, "/s");
for (const kind of ["opus", "mp3"] as const) {
  const { startedMs, heardMs } = await firstAudio(folder, media[kind], 10);
  tell(`${kind}, play to TrackStartEvent`, startedMs, "ms", 1);
  tell(`${kind}, play to the first page with sound`, heardMs, "ms", 1);
}
for (const { name, file } of commands) {
  for (const [what, flags] of [
    ["without music", []],
    [`with ${paths.length} files`, ["--music", music]],
  ] as const) {
    const starts: { readyMs: number; idleMiB: number }[] = [];
    for (let round = 0; round < rounds; round++) starts.push(await startUp(file, flags));
    const [ready, idle] = [starts.map(({ readyMs }) => readyMs), starts.map(({ idleMiB }) => idleMiB)];
    tell(`asterite node ${name} ${what}, start to ready`, median(ready), "ms");
    tell("  its memory before the first play", median(idle), "MiB");
  }
}
await rm(folder, { recursive: true });
process.exit(0);
