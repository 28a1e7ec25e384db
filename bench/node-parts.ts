// npm run bench -- node-parts [SECONDS]: processor time of a player by part, and start, loading and first
// audio of a node.
// After npm run build, also measures the command as published.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { makeMedia } from "./node/media.ts";
import { aloneCosts, cpuMs, type PartCosts, partCosts } from "./node/parts.ts";
import { type Playing, play, type Scenario, scenarios, startEngine } from "./node/scenarios.ts";
import { commands, firstAudio, loading, makeFolder, median, startUp } from "./node/service.ts";

const seconds = Number(process.argv[2] ?? 3);
/** Players at a time: few enough that no frame is late, many enough to compete for the caches. */
const players = 25;
/** Seconds of audio that each part processes for each player. */
const partSeconds = 3;
/** Rounds of measurement, of which the median is printed. */
const rounds = 3;
/** Time in ms for players to open their files, and for a new thread to compile its hot code. */
const warmUpMs = 4_000;
/** Time in ms for idle players to reach a steady state. */
const settleMs = 500;
const titleWidth = 56;

const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));
const media = await makeMedia(folder);

/** Players of a scenario, which are active only while they are measured. */
class Players {
  readonly #speed: number;
  readonly #engine = startEngine();
  readonly #playing: readonly Playing[];

  constructor(scenario: Scenario) {
    this.#speed = scenario.filters.timescale.speed;
    this.#playing = Array.from({ length: players }, () => play(this.#engine, scenario, media));
  }

  /**
   * Measures the processor time of one player in ms per second of output. Output is measured by position,
   * which on a busy machine advances less than the time that passes.
   */
  async measure(): Promise<number> {
    this.setActive(true);
    await wait(settleMs);
    const [playedBeforeMs, cpuBeforeMs] = [this.#playedMs, cpuMs()];
    await wait(1_000 * seconds);
    const [cpu, played] = [cpuMs() - cpuBeforeMs, this.#playedMs - playedBeforeMs];
    this.setActive(false);
    return (1_000 * cpu * this.#speed) / played;
  }

  setActive(isActive: boolean): void {
    for (const { player } of this.#playing) player.radio = isActive;
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

console.log(`ms of processor time per second of a player, with ${players} players on one thread`);
console.log(`${"".padEnd(24)}${titles.map((title) => title.padStart(9)).join("")}`);
for (const scenario of scenarios.slice(1)) {
  const whole = new Players(scenario);
  await wait(warmUpMs);
  whole.setActive(false);
  const figures: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const parts = await partCosts(scenario, media[scenario.file], players, partSeconds);
    const [sum, cost] = [sumOf(parts), await whole.measure()];
    figures.push([parts.decode, parts.resample, parts.filter, parts.encode, sum, cost, cost / sum]);
  }
  await whole.close();
  const medians = titles.map((_, column) => median(figures.map((row) => row[column] ?? Number.NaN)));
  console.log(`${scenario.name.padEnd(24)}${medians.map((value) => cell(value)).join("")}`);
}

console.log("\nalone, with the processor to itself: ms per second, and times real time");
for (const kind of ["opus", "mp3"] as const) {
  const { decode, encode } = await aloneCosts(media[kind], 10 * partSeconds);
  const printRow = (title: string, cost: number) =>
    console.log(`${title.padEnd(33)}${cell(cost)}${cell(1_000 / cost, 0)}`);
  printRow(`${kind} read and decoded`, decode);
  if (kind === "opus") printRow("Opus encoded", encode);
}

const music = join(folder, "music");
const paths = await makeFolder(music);
const { firstMs, local, search } = await loading(music, paths, seconds);
const printFigure = (title: string, value: number, unit: string, digits = 0) =>
  console.log(`${title.padEnd(titleWidth)}${cell(value, digits)} ${unit}`);
console.log("");
printFigure("first file that a new node loads", firstMs, "ms");
printFigure("local files, 8 at a time", local, "/s");
printFigure("searches, 8 at a time", search, "/s");
for (const kind of ["opus", "mp3"] as const) {
  const { startedMs, heardMs } = await firstAudio(folder, media[kind], 10);
  printFigure(`${kind}, play to TrackStartEvent`, startedMs, "ms", 1);
  printFigure(`${kind}, play to the first page with audio`, heardMs, "ms", 1);
}
for (const { name, file } of commands) {
  for (const [what, flags] of [
    ["without music", []],
    [`with ${paths.length} files`, ["--music", music]],
  ] as const) {
    const starts: { readyMs: number; idleMiB: number }[] = [];
    for (let round = 0; round < rounds; round++) starts.push(await startUp(file, flags));
    const [ready, idle] = [starts.map(({ readyMs }) => readyMs), starts.map(({ idleMiB }) => idleMiB)];
    printFigure(`asterite node ${name} ${what}, start to ready`, median(ready), "ms");
    printFigure("  its memory before the first play", median(idle), "MiB");
  }
}
await rm(folder, { recursive: true });
process.exit(0);
