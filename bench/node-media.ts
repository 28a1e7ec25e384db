// npm run bench -- node-media: containers and decoders of the audio node, beside the decoder alone where that says more.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import type { RandomBytes } from "../packages/andesite-node/src/bytes/byte-source.ts";
import type { MediaStream } from "../packages/andesite-node/src/media/media-stream.ts";
import { openMedia, readFacts } from "../packages/andesite-node/src/media/open-media.ts";
import { OpusDecoder, OpusEncoder } from "../packages/andesite-node/src/media/opus.ts";
import { loadOpus } from "../packages/andesite-node/src/media/opus-library.ts";

const rounds = 5;
const bytesOf = (content: Uint8Array): RandomBytes => ({
  ...{ kind: "random", size: content.length, contentType: null, close: () => {} },
  read: (start, end) => Promise.resolve(content.subarray(start, end)),
});

/** The fewest ms that a run takes: the machine has other work. */
async function fewestMs(run: () => Promise<unknown>, times = rounds): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < times; round++) {
    const startMs = performance.now();
    await run();
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

/** Reads a track several times over, so that opening does not count, and gives the seconds that were heard. */
async function readThrough(stream: MediaStream, times: number, decoder?: OpusDecoder): Promise<number> {
  let seconds = 0;
  for (let time = 0; time < times; time++) {
    await stream.seek(0);
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) {
      if (chunk.kind === "pcm") seconds += (chunk.channels[0]?.length ?? 0) / chunk.sampleRate;
      else
        for (const packet of chunk.packets) {
          if (decoder) decoder.decodeHeard(packet);
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
  const openMs = await fewestMs(async () => {
    for (let count = 0; count < 20; count++) await readFacts(bytesOf(content));
  });
  const stream = await openMedia(bytesOf(content));
  const isOpus = stream.facts.codec === "opus";
  let seconds = 0;
  const passMs = await fewestMs(async () => {
    seconds = await readThrough(stream, 20);
  });
  const decodeMs = isOpus ? await fewestMs(() => readThrough(stream, 20, new OpusDecoder(library))) : passMs;
  const seekMs = await fewestMs(async () => {
    for (let count = 0; count < 20; count++) {
      await stream.seek(2_000 - count * 50);
      await stream.read();
    }
  });
  stream.close();
  const passes = isOpus ? figure((seconds * 1_000) / passMs) : "";
  rows.push([name, figure(openMs / 20), figure(seekMs / 20), figure((seconds * 1_000) / decodeMs), passes]);
}

console.log(
  "| File | facts, ms | seek and first chunk, ms | decoded, times real time | passed on, times real time |",
);
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);

/** kB that each of some open streams takes, half a second after its beginning. */
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

console.log(
  "\n| libopus, stereo at 128 kbit/s | encoded, complexity 10 | 5 | decoded |\n| --- | ---: | ---: | ---: |",
);
for (const build of ["native", "wasm"] as const) {
  const opus = await loadOpus(build);
  const frames = Array.from({ length: 500 }, (_, frame) =>
    Int16Array.from(
      { length: 1_920 },
      (__, index) => 8_000 * Math.sin((frame * 960 + (index >> 1)) / 17) + 4_000 * (Math.random() - 0.5),
    ),
  );
  const packets: Uint8Array[] = [];
  const encode = async (complexity: number) => {
    const encoder = new OpusEncoder(opus, { complexity });
    return await fewestMs(() => {
      packets.length = 0;
      for (const frame of frames) packets.push(encoder.encode(frame));
      return Promise.resolve();
    });
  };
  const [ten, five] = [await encode(10), await encode(5)];
  const decoder = new OpusDecoder(opus);
  const decoded = await fewestMs(() => {
    for (const packet of packets) decoder.decode(packet);
    return Promise.resolve();
  });
  console.log(`| ${build} | ${[ten, five, decoded].map((ms) => figure(10_000 / ms)).join(" | ")} |`);
}
