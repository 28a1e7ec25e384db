// npm run bench -- node-decoders [CHECKOUT]: decoders beside ffmpeg, and beside those of another checkout of this repository.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Room = "decoders/create-decoder.ts" | "open-reader.ts" | "media-limits.ts";
type Media = typeof import("../packages/audio/src/media/decoders/create-decoder.ts") &
  typeof import("../packages/audio/src/media/open-reader.ts") &
  typeof import("../packages/audio/src/media/media-limits.ts");

const seconds = 180;
const rounds = 7;

/** A changing tone, a constant one and noise, different on both sides: about as hard to compress as music. */
const sound = (rate: number): readonly string[] => [
  "-f",
  "lavfi",
  "-i",
  `aevalsrc=0.3*sin(2*PI*(200+15*t)*t)+0.05*(random(0)-0.5)+0.1*sin(2*PI*330*t)|0.3*sin(2*PI*(3000-10*t)*t)+0.03*(random(1)-0.5)+0.12*sin(2*PI*220*t):s=${rate}:d=${seconds}`,
];

const files: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["cd.flac", [...sound(44_100), "-c:a", "flac", "-sample_fmt", "s16"]],
  ["cd-aac.m4a", [...sound(44_100), "-c:a", "aac", "-b:a", "160k"]],
  ["cd-alac.m4a", [...sound(44_100), "-c:a", "alac", "-sample_fmt", "s16p"]],
  ["cd-vorbis.ogg", [...sound(44_100), "-c:a", "libvorbis", "-q:a", "5"]],
  ["cd-vorbis-q10.ogg", [...sound(44_100), "-c:a", "libvorbis", "-q:a", "10"]],
  ["deep.flac", [...sound(48_000), "-c:a", "flac", "-sample_fmt", "s32"]],
];

/** Files of the test kit in formats that ffmpeg does not encode, repeated without a gap. */
const repeated: readonly (readonly [name: string, source: string])[] = [
  ["he-aac.aac", "he-aac.aac"],
  ["he-aac-v2.aac", "he-aac-v2.m4a"],
];
const repetitions = 83;

/** Returns the modules of a checkout. */
async function load(checkout: string): Promise<Media> {
  const room = async (file: Room): Promise<object> =>
    await import(pathToFileURL(join(checkout, "packages/audio/src/media", file)).href);
  return Object.assign(
    {},
    await room("decoders/create-decoder.ts"),
    await room("open-reader.ts"),
    await room("media-limits.ts"),
  ) as Media;
}

/** Returns the processor time of this thread in seconds. */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

interface Decoding {
  /** Duration of the file in seconds. */
  readonly duration: number;
  /** Decodes the whole file in memory, packet by packet, and returns the speed in times real time. */
  readonly run: () => number;
}

async function decodeWith(media: Media, content: Uint8Array): Promise<Decoding> {
  const reader = await media.openReader(
    {
      type: "random",
      isLocal: true,
      size: content.length,
      contentType: null,
      close: () => {},
      read: (start, end) => Promise.resolve(content.subarray(start, end)),
    },
    media.mediaLimits,
  );
  const packets: Uint8Array[] = [];
  let samples = 0;
  const first = await reader.read();
  if (!first) throw new Error("the file has no packets");
  for (let batch: typeof first | undefined = first; batch; batch = await reader.read())
    for (const packet of batch.packets) {
      packets.push(packet.data);
      samples += packet.samples;
    }
  const duration = samples / first.format.sampleRate;
  const decoder = await media.createDecoder(first.format);
  const run = (): number => {
    const start = cpuSeconds();
    for (const packet of packets) decoder.decode(packet);
    return duration / (cpuSeconds() - start);
  };
  return { duration, run };
}

/** Decodes a file with ffmpeg in one thread. Returns its speed in times real time, its start included. */
function decodeWithFfmpeg(path: string, duration: number): number {
  const { stderr } = spawnSync("ffmpeg", ["-benchmark", "-threads", "1", "-i", path, "-f", "null", "-"], {
    encoding: "utf8",
  });
  const [, user = "", system = ""] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  return duration / (Number(user) + Number(system));
}

const median = (figures: readonly number[]): number =>
  figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? 0;

const [, , other] = process.argv;
const ours = await load(fileURLToPath(new URL("..", import.meta.url)));
const theirs = other === undefined ? undefined : await load(resolve(other));
const folder = mkdtempSync(join(tmpdir(), "asterite-decoders-"));
try {
  console.log(`| ${seconds} s, stereo | ours | ffmpeg |${theirs ? " other checkout |" : ""}`);
  console.log(`| --- | ---: | ---: |${theirs ? " ---: |" : ""}`);
  const kit = fileURLToPath(new URL("../packages/testkit/odd-media/", import.meta.url));
  const loop = (source: string): string[] => [
    "-v",
    "fatal",
    "-stream_loop",
    `${repetitions - 1}`,
    "-i",
    join(kit, source),
    "-c",
    "copy",
  ];
  for (const [name, args] of [...files, ...repeated.map(([name, source]) => [name, loop(source)] as const)]) {
    const path = join(folder, name);
    execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args, path]);
    const content = readFileSync(path);
    const { duration, run } = await decodeWith(ours, content);
    const runs = [run, () => decodeWithFfmpeg(path, duration)];
    if (theirs)
      try {
        runs.push((await decodeWith(theirs, content)).run);
      } catch (error) {
        // An older checkout may lack the codec.
        console.error(`${name} in ${other}: ${error}`);
      }
    // The decoders take turns, so that another program on the machine slows all of them.
    const figures = Array.from({ length: rounds }, () => runs.map((run) => run()));
    const row = runs.map((_, column) => median(figures.map((round) => round[column] ?? 0)).toFixed(0));
    console.log(`| ${name} | ${row.join(" | ")} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
