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
  ["deep.flac", [...sound(48_000), "-c:a", "flac", "-sample_fmt", "s32"]],
];

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

/** Returns a function that decodes a whole file in memory, packet by packet, and returns its speed in times real time. */
async function decodeWith(media: Media, content: Uint8Array): Promise<() => number> {
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
  const first = await reader.read();
  if (!first) throw new Error("the file has no packets");
  for (let batch: typeof first | undefined = first; batch; batch = await reader.read())
    packets.push(...batch.packets.map(({ data }) => data));
  const decoder = await media.createDecoder(first.format);
  return () => {
    const start = cpuSeconds();
    for (const packet of packets) decoder.decode(packet);
    return seconds / (cpuSeconds() - start);
  };
}

/** Decodes a file with ffmpeg in one thread. Returns its speed in times real time, its start included. */
function decodeWithFfmpeg(path: string): number {
  const { stderr } = spawnSync("ffmpeg", ["-benchmark", "-threads", "1", "-i", path, "-f", "null", "-"], {
    encoding: "utf8",
  });
  const [, user = "", system = ""] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  return seconds / (Number(user) + Number(system));
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
  for (const [name, args] of files) {
    const path = join(folder, name);
    execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args, path]);
    const content = readFileSync(path);
    const runs = [await decodeWith(ours, content), () => decodeWithFfmpeg(path)];
    if (theirs)
      try {
        runs.push(await decodeWith(theirs, content));
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
