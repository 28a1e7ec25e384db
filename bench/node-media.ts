// npm run bench -- node-media: containers, decoders and libopus as the audio node uses them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MediaStream, RandomBytes } from "@asterite/audio/media";
import { loadOpus, OpusDecoder, OpusEncoder, openMedia, readFacts } from "@asterite/audio/media";
import { mediaFiles, mediaFolder } from "@asterite/testkit";

const rounds = 5;
const roundMs = 300;
const bytesOf = (content: Uint8Array): RandomBytes => ({
  type: "random",
  isLocal: true,
  size: content.length,
  contentType: null,
  close: () => {},
  read: (start, end) => Promise.resolve(content.subarray(start, end)),
});

/** Returns the processor time of this thread in ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Measures the processor time of a run in ms: the median of several rounds of many runs. */
async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const figures: number[] = [];
  await run();
  for (let round = 0; round < rounds; round++) {
    const startMs = cpuMs();
    let runs = 0;
    // Processor time advances in steps of some ms.
    do {
      await run();
      runs++;
    } while (cpuMs() - startMs < roundMs);
    figures.push((cpuMs() - startMs) / runs);
  }
  return figures.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? 0;
}

/** Reads an open track several times. Returns the seconds of audio. */
async function readThrough(stream: MediaStream, times: number, decoder?: OpusDecoder): Promise<number> {
  let seconds = 0;
  for (let time = 0; time < times; time++) {
    await stream.seek(0);
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
      if (chunk.type === "pcm") seconds += (chunk.channels[0]?.length ?? 0) / chunk.sampleRate;
      else
        for (const packet of chunk.packets) {
          if (decoder) decoder.decodeAudible(packet);
          seconds += packet.samples / 48_000;
        }
    }
  }
  return seconds;
}

const rows: (readonly string[])[] = [];
const figure = (value: number, digits = 3): string =>
  value.toLocaleString("en", { maximumSignificantDigits: digits });
const library = await loadOpus();

for (const name of mediaFiles) {
  const content = readFileSync(join(mediaFolder, name));
  const openMs = await medianMs(() => readFacts(bytesOf(content)));
  const stream = await openMedia(bytesOf(content));
  const isOpus = stream.facts.codec === "opus";
  let seconds = 0;
  const passMs = await medianMs(async () => {
    seconds = await readThrough(stream, 2);
  });
  const decodeMs = isOpus ? await medianMs(() => readThrough(stream, 2, new OpusDecoder(library))) : passMs;
  let positionMs = 0;
  const seekMs = await medianMs(async () => {
    positionMs = (positionMs + 370) % 900;
    await stream.seek(positionMs);
    await stream.read();
  });
  stream.close();
  const passes = isOpus ? figure((seconds * 1_000) / passMs) : "";
  rows.push([name, figure(openMs), figure(seekMs), figure((seconds * 1_000) / decodeMs), passes]);
}

console.log(
  "| File | facts, ms | seek and first chunk, ms | decoded, times real time | passed through, times real time |",
);
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);

/** Measures the memory of an open stream in kB, half a second into the track. */
async function memoryPerStream(name: (typeof mediaFiles)[number]): Promise<number> {
  const content = readFileSync(join(mediaFolder, name));
  const open = async (count: number) => {
    const streams: MediaStream[] = [];
    for (let index = 0; index < count; index++) {
      const stream = await openMedia(bytesOf(content));
      for (let reads = 0; reads < 5; reads++) await stream.read();
      streams.push(stream);
    }
    return streams;
  };
  for (const stream of await open(20)) stream.close();
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const streams = await open(100);
  globalThis.gc?.();
  const taken = process.memoryUsage.rss() - before;
  for (const stream of streams) stream.close();
  return taken / streams.length / 1_024;
}

if (globalThis.gc) {
  console.log("\n| File | memory of an open stream, kB |\n| --- | ---: |");
  for (const name of [
    "tones.wav",
    "tones.mp3",
    "tones.flac",
    "tones.ogg",
    "tones.opus",
    "tones.m4a",
  ] as const)
    console.log(`| ${name} | ${figure(await memoryPerStream(name), 2)} |`);
} else console.log("\nmemory: run with NODE_OPTIONS=--expose-gc");

const frames = Array.from({ length: 500 }, (_, frame) =>
  Int16Array.from(
    { length: 1_920 },
    (__, index) => 8_000 * Math.sin((frame * 960 + (index >> 1)) / 17) + 4_000 * (Math.random() - 0.5),
  ),
);
console.log("\n| libopus, stereo at 128 kbit/s | times real time |\n| --- | ---: |");
let packets: Uint8Array[] = [];
for (const complexity of [10, 5, 0]) {
  const encoder = new OpusEncoder(library, { complexity });
  const ms = await medianMs(() => {
    packets = frames.map((frame) => encoder.encode(frame));
    return Promise.resolve();
  });
  encoder.close();
  console.log(`| encoded, complexity ${complexity} | ${figure(10_000 / ms)} |`);
}
const decoder = new OpusDecoder(library);
const decodedMs = await medianMs(() => {
  for (const packet of packets) decoder.decode(packet);
  return Promise.resolve();
});
console.log(`| decoded | ${figure(10_000 / decodedMs)} |`);
