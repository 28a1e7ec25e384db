import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeAll } from "../media.test-support.ts";
import type { MediaStream } from "../media-stream.ts";
import { root, segmentSeconds, transportSegment, VirtualClock } from "./hls.test-support.ts";
import { openHls } from "./open-hls.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const ffmpeg = (...args: readonly string[]): Buffer =>
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args], { maxBuffer: 2 ** 30 });

const rate = 44_100;
const sound = "aevalsrc=0.3*sin(2*PI*(200+20*t)*t)|0.3*sin(2*PI*(3000-15*t)*t):s=44100:d=40";
const aac = ["-c:a", "aac", "-aac_pns", "0", "-b:a", "128k"];
const hls = ["-f", "hls", "-hls_time", "4", "-hls_playlist_type", "vod"];

describe.skipIf(!hasFfmpeg)("a stream that ffmpeg has written", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asterite-hls-"));
    writeFileSync(join(folder, "key"), Buffer.alloc(16, 7));
    writeFileSync(join(folder, "key-info"), `key\n${join(folder, "key")}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = (name: string): Promise<MediaStream> =>
    openHls(`${root}${name}`, {
      fetch: ({ url, range }) => {
        const file = readFileSync(join(folder, url.replace(root, "")));
        return Promise.resolve({ url, bytes: file.subarray(range?.start, range?.end) });
      },
    });

  it.each([
    ["transport streams", "ts", [...aac, ...hls]],
    ["fragmented MP4", "mp4", [...aac, ...hls, "-hls_segment_type", "fmp4"]],
    ["one file in byte ranges", "one", [...aac, ...hls, "-hls_flags", "single_file"]],
    [
      "fragmented MP4 in byte ranges",
      "one-mp4",
      [...aac, ...hls, "-hls_segment_type", "fmp4", "-hls_flags", "single_file"],
    ],
    ["encrypted segments", "aes", [...aac, ...hls, "-hls_key_info_file", "key-info"]],
    ["mp3", "mp3", ["-c:a", "libmp3lame", "-b:a", "128k", ...hls]],
    ["Layer II", "mp2", ["-c:a", "mp2", "-b:a", "192k", ...hls]],
  ])("sounds as in ffmpeg, from wherever it is played: %s", async (_name, name, args) => {
    const info = args.map((word) => (word === "key-info" ? join(folder, word) : word));
    const files = join(folder, `${name}-%d.${name.includes("mp4") ? "m4s" : "ts"}`);
    const single = args.includes("single_file");
    execFileSync(
      "ffmpeg",
      [
        ...["-v", "error", "-nostdin", "-f", "lavfi", "-i", sound, ...info],
        ...(name.includes("mp4") ? ["-hls_fmp4_init_filename", `${name}-init.mp4`] : []),
        ...(single ? [] : ["-hls_segment_filename", files]),
        ...["-y", join(folder, `${name}.m3u8`)],
      ],
      { cwd: folder },
    );
    const raw = ffmpeg(
      ...[
        "-allowed_extensions",
        "ALL",
        "-i",
        join(folder, `${name}.m3u8`),
        "-f",
        "f32le",
        "-c:a",
        "pcm_f32le",
        "-",
      ],
    );
    const samples = new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
    const theirs = samples.filter((_, index) => index % 2 === 0);
    const stream = await open(`${name}.m3u8`);
    expect(stream.facts.durationMs).toBeGreaterThan(39_900);
    expect(stream.facts.durationMs).toBeLessThan(40_100);
    const [ours = new Float32Array(0)] = (await decodeAll(stream)).channels;
    expect(Math.abs(ours.length - theirs.length)).toBeLessThan(2_500);
    expect(bestDifference(ours, theirs, 5 * rate)).toBeLessThan(0.001);
    expect(bestDifference(ours, theirs, 38 * rate)).toBeLessThan(0.001);
    for (const positionMs of [30_500, 100, 17_000, 39_000]) {
      await stream.seek(positionMs);
      const [part = new Float32Array(0)] = (await decodeAll(stream, rate)).channels;
      // The sweep tells where in the track this is: within 60 ms.
      const at = placeOf(part.subarray(0, 4_000), ours, Math.round((positionMs * rate) / 1_000));
      expect(Math.abs(at - (positionMs * rate) / 1_000) / rate, `${positionMs} ms`).toBeLessThan(0.06);
    }
    stream.close();
  });
});

v8.setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Returns the root mean square of the difference after a place, at the best of some shifts. */
function bestDifference(a: Float32Array, b: Float32Array, at: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let shift = -2_500; shift <= 2_500; shift++) {
    let sum = 0;
    for (let index = 0; index < 2_000; index += 7)
      sum += ((a[at + index] ?? 0) - (b[at + shift + index] ?? 0)) ** 2;
    best = Math.min(best, Math.sqrt(sum / 286));
  }
  return best;
}

/** Returns where a part is in the whole, near a place. */
function placeOf(part: Float32Array, whole: Float32Array, near: number): number {
  let [best, found] = [Number.POSITIVE_INFINITY, -1];
  for (let at = Math.max(0, near - 5_000); at < near + 5_000; at++) {
    let sum = 0;
    for (let index = 0; index < part.length; index += 9)
      sum += ((part[index] ?? 0) - (whole[at + index] ?? 0)) ** 2;
    if (sum < best) [best, found] = [sum, at];
  }
  return found;
}

it("holds no more memory after an hour of a live stream than after five minutes", async () => {
  const clock = new VirtualClock();
  const segments = Array.from({ length: 5 }, (_, index) => transportSegment(index));
  const playlist = (): string => {
    const first = Math.floor(clock.now() / 1_000 / segmentSeconds);
    const lines = Array.from(
      { length: 8 },
      (_, index) => `#EXTINF:${segmentSeconds.toFixed(6)},\n${first + index}.ts`,
    );
    return `#EXTM3U\n#EXT-X-TARGETDURATION:0.6\n#EXT-X-MEDIA-SEQUENCE:${first}\n${lines.join("\n")}\n`;
  };
  let segmentsLoaded = 0;
  const stream = await openHls(`${root}live.m3u8`, {
    clock,
    fetch: async ({ url }) => {
      await nextTurn();
      if (url.endsWith(".m3u8")) return { url, bytes: Buffer.from(playlist()) };
      // A copy, as from a server.
      return { url, bytes: Buffer.from(segments[segmentsLoaded++ % segments.length] ?? []) };
    },
  });
  const measure = (): number => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1024 / 1024;
  };
  const play = async (seconds: number): Promise<number> => {
    let waitedMs = 0;
    while (clock.now() < 1_000 * seconds) waitedMs += (await clock.play(stream)).waitedMs;
    return waitedMs;
  };
  await play(300);
  const before = measure();
  expect(await play(3_600)).toBe(0);
  const after = measure();
  stream.close();
  expect(segmentsLoaded).toBeGreaterThan(3_500 / segmentSeconds);
  expect(after - before).toBeLessThan(4);
}, 300_000);
