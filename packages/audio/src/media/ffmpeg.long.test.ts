import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mediaFiles, mediaFolder, oddMediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DecodedTrack, decodeAll, maxDifference, memoryBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

/** Runs ffmpeg and returns its output. */
const ffmpeg = (...args: readonly string[]): Buffer =>
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args], { maxBuffer: 2 ** 30 });

/** Decodes a file with ffmpeg. */
function decode(path: string, channels: number, codec: string): Float32Array[] {
  // ffmpeg's own Opus decoder delays speech slightly, and its Vorbis decoder spoils a channel of its own encoder.
  const library = path.endsWith("native.ogg") ? "libvorbis" : codec === "opus" ? "libopus" : undefined;
  const decoder = library ? ["-c:a", library] : [];
  const bytes = ffmpeg(...decoder, "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-");
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Array.from({ length: channels }, (_, channel) =>
    samples.filter((_, index) => index % channels === channel),
  );
}

/** Returns the root mean square of the difference, over the common length. */
function difference(a: Float32Array, b: Float32Array): number {
  const length = Math.min(a.length, b.length);
  let sum = 0;
  for (let index = 0; index < length; index++) sum += ((a[index] ?? 0) - (b[index] ?? 0)) ** 2;
  return Math.sqrt(sum / length);
}

// A sweep with noise: no two sections are alike.
const sound = (seconds: number, rate: number, more = ""): readonly string[] => [
  "-f",
  "lavfi",
  "-i",
  `aevalsrc=0.3*sin(2*PI*(200+150*t)*t)+0.02*(random(0)-0.5)|0.3*sin(2*PI*(3000-100*t)*t):s=${rate}:d=${seconds}${more}`,
];

/** Name, encoder arguments, and tolerated difference in length from ffmpeg's output, in samples. */
const made: readonly (readonly [name: string, args: readonly string[], slack?: number])[] = [
  ["cbr.mp3", [...sound(60, 44_100), "-c:a", "libmp3lame", "-b:a", "128k"]],
  ["vbr.mp3", [...sound(60, 48_000), "-c:a", "libmp3lame", "-q:a", "4"]],
  [
    "untagged.mp3",
    [...sound(20, 44_100), "-c:a", "libmp3lame", "-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"],
  ],
  ["mono22.mp3", [...sound(20, 22_050), "-ac", "1", "-c:a", "libmp3lame", "-b:a", "48k"]],
  ["low.mp3", [...sound(20, 8_000), "-ac", "1", "-c:a", "libmp3lame", "-b:a", "8k"]],
  ["deep.flac", [...sound(20, 96_000), "-c:a", "flac", "-sample_fmt", "s32"]],
  ["mono.flac", [...sound(20, 44_100), "-ac", "1", "-c:a", "flac"]],
  ["six.flac", [...sound(10, 48_000), "-ac", "6", "-c:a", "flac"]],
  ["flac.ogg", [...sound(20, 44_100), "-c:a", "flac"]],
  ["long.ogg", [...sound(60, 44_100), "-c:a", "libvorbis", "-q:a", "5"]],
  ["low.ogg", [...sound(10, 8_000), "-ac", "1", "-c:a", "libvorbis", "-q:a", "0"]],
  ["mono11.ogg", [...sound(10, 11_025), "-ac", "1", "-c:a", "libvorbis", "-b:a", "20k"]],
  ["sixteen.ogg", [...sound(10, 16_000), "-c:a", "libvorbis", "-q:a", "1"]],
  ["half.ogg", [...sound(10, 22_050), "-c:a", "libvorbis", "-q:a", "2"]],
  ["mono32.ogg", [...sound(10, 32_000), "-ac", "1", "-c:a", "libvorbis", "-q:a", "7"]],
  ["small.ogg", [...sound(10, 44_100), "-c:a", "libvorbis", "-b:a", "48k"]],
  [
    "managed.ogg",
    [...sound(10, 44_100), "-c:a", "libvorbis", "-b:a", "96k", "-minrate", "96k", "-maxrate", "96k"],
  ],
  ["large.ogg", [...sound(10, 48_000), "-c:a", "libvorbis", "-q:a", "10"]],
  ["high.ogg", [...sound(10, 96_000), "-c:a", "libvorbis", "-q:a", "9"]],
  ["bursts.ogg", [...sound(10, 44_100, "[0];[0]apulsator=hz=7:amount=1"), "-c:a", "libvorbis", "-q:a", "4"]],
  ["native.ogg", [...sound(10, 44_100), "-c:a", "vorbis", "-strict", "-2"]],
  ["three.ogg", [...sound(5, 48_000), "-ac", "3", "-c:a", "libvorbis"]],
  ["five.ogg", [...sound(5, 48_000), "-af", "pan=5.0|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0", "-c:a", "libvorbis"]],
  [
    "seven.ogg",
    [...sound(5, 48_000), "-af", "pan=6.1|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0|c5=c1|c6=c0", "-c:a", "libvorbis"],
  ],
  ["six.ogg", [...sound(10, 48_000), "-ac", "6", "-c:a", "libvorbis"]],
  ["eight.ogg", [...sound(10, 48_000), "-ac", "8", "-c:a", "libvorbis"]],
  ["mono.opus", [...sound(20, 48_000), "-ac", "1", "-c:a", "libopus", "-b:a", "48k"]],
  ["sixty.opus", [...sound(20, 48_000), "-c:a", "libopus", "-frame_duration", "60"]],
  ["s24.wav", [...sound(5, 48_000), "-c:a", "pcm_s24le"]],
  ["float.wav", [...sound(5, 48_000), "-c:a", "pcm_f32le"]],
  ["u8.wav", [...sound(5, 11_025), "-c:a", "pcm_u8"]],
  ["alaw.wav", [...sound(5, 8_000), "-c:a", "pcm_alaw"]],
  ["ulaw.wav", [...sound(5, 8_000), "-c:a", "pcm_mulaw"]],
  ["rf64.wav", [...sound(5, 48_000), "-rf64", "always", "-c:a", "pcm_s16le"]],
  ["ima.wav", [...sound(5, 44_100), "-c:a", "adpcm_ima_wav"]],
  ["microsoft.wav", [...sound(5, 44_100), "-c:a", "adpcm_ms"]],
  ["mono-ima.wav", [...sound(5, 22_050), "-ac", "1", "-c:a", "adpcm_ima_wav"]],
  ["s16.w64", [...sound(5, 48_000), "-c:a", "pcm_s16le"]],
  ["s16.aiff", [...sound(5, 44_100), "-c:a", "pcm_s16be"]],
  ["s24.aiff", [...sound(5, 96_000), "-c:a", "pcm_s24be"]],
  ["s8.aiff", [...sound(5, 22_050), "-c:a", "pcm_s8"]],
  ["float.aif", [...sound(5, 48_000), "-c:a", "pcm_f32be", "-f", "aiff"]],
  ["double.aif", [...sound(5, 48_000), "-c:a", "pcm_f64be", "-f", "aiff"]],
  ["little.aiff", [...sound(5, 48_000), "-c:a", "pcm_s16le"]],
  ["ulaw.aiff", [...sound(5, 8_000), "-c:a", "pcm_mulaw"]],
  ["alaw.aiff", [...sound(5, 8_000), "-c:a", "pcm_alaw"]],
  ["ima.aiff", [...sound(5, 44_100), "-c:a", "adpcm_ima_qt"]],
  ["s16.caf", [...sound(5, 44_100), "-c:a", "pcm_s16le"]],
  ["s24.caf", [...sound(5, 44_100), "-c:a", "pcm_s24be"]],
  ["float.caf", [...sound(5, 44_100), "-c:a", "pcm_f32le"]],
  ["ulaw.caf", [...sound(5, 8_000), "-c:a", "pcm_mulaw"]],
  ["alac.caf", [...sound(10, 44_100), "-c:a", "alac"]],
  ["s16.au", [...sound(5, 44_100), "-c:a", "pcm_s16be"]],
  ["float.au", [...sound(5, 44_100), "-c:a", "pcm_f32be"]],
  ["alaw.au", [...sound(5, 8_000), "-c:a", "pcm_alaw"]],
  ["s8.au", [...sound(5, 8_000), "-c:a", "pcm_s8"]],
  ["s16.mov", [...sound(5, 44_100), "-c:a", "pcm_s16le"]],
  ["s16be.mov", [...sound(5, 44_100), "-c:a", "pcm_s16be"]],
  ["s24.mov", [...sound(5, 96_000), "-c:a", "pcm_s24le"]],
  ["s32.mov", [...sound(5, 48_000), "-c:a", "pcm_s32be"]],
  ["float.mov", [...sound(5, 48_000), "-c:a", "pcm_f32le"]],
  ["double.mov", [...sound(5, 48_000), "-c:a", "pcm_f64be"]],
  ["ulaw.mov", [...sound(5, 8_000), "-c:a", "pcm_mulaw"]],
  ["u8.mov", [...sound(5, 22_050), "-c:a", "pcm_u8"]],
  ["ima.mov", [...sound(5, 44_100), "-c:a", "adpcm_ima_qt"]],
  ["microsoft.mov", [...sound(5, 44_100), "-c:a", "adpcm_ms"]],
  ["microsoft.caf", [...sound(5, 22_050), "-ac", "1", "-c:a", "adpcm_ms"]],
  ["microsoft.mka", [...sound(5, 44_100), "-c:a", "adpcm_ms"]],
  ["ima-wave.mov", [...sound(5, 22_050), "-ac", "1", "-c:a", "adpcm_ima_wav"]],
  ["six.mov", [...sound(5, 48_000), "-ac", "6", "-c:a", "pcm_s16le"]],
  ["s16.mka", [...sound(5, 44_100), "-c:a", "pcm_s16le"]],
  ["s24.mka", [...sound(5, 44_100), "-c:a", "pcm_s24be"]],
  ["float.mka", [...sound(5, 48_000), "-c:a", "pcm_f32le"]],
  ["u8.mka", [...sound(5, 11_025), "-c:a", "pcm_u8"]],
  ["mp2.mka", [...sound(10, 44_100), "-c:a", "mp2"], 4_000],
  ["layer2.mp2", [...sound(10, 44_100), "-c:a", "mp2"]],
  ["six.opus", [...sound(10, 48_000), "-ac", "6", "-c:a", "libopus"]],
  ["eight.opus", [...sound(10, 48_000), "-ac", "8", "-c:a", "libopus"]],
  ["six.webm", [...sound(10, 48_000), "-ac", "6", "-c:a", "libopus"]],
  ["six-opus.mp4", [...sound(10, 48_000), "-ac", "6", "-c:a", "libopus"], 1_000],
  ["long.webm", [...sound(60, 48_000), "-c:a", "libopus"]],
  ["vorbis.mka", [...sound(30, 48_000), "-c:a", "libvorbis"]],
  ["mp3.mka", [...sound(30, 48_000), "-c:a", "libmp3lame"], 4_000],
  ["flac.mka", [...sound(10, 48_000), "-c:a", "flac"]],
  ["plain.m4a", [...sound(30, 44_100), "-c:a", "aac", "-aac_pns", "0"], 1_024],
  [
    "pieces.m4a",
    [
      ...sound(30, 44_100),
      "-c:a",
      "aac",
      "-aac_pns",
      "0",
      "-movflags",
      "frag_keyframe+empty_moov",
      "-frag_duration",
      "2000000",
    ],
    2_048,
  ],
  [
    "list.m4a",
    [
      ...sound(30, 44_100),
      "-c:a",
      "aac",
      "-aac_pns",
      "0",
      "-movflags",
      "dash+global_sidx",
      "-frag_duration",
      "2000000",
    ],
    2_048,
  ],
  ["opus.mp4", [...sound(20, 48_000), "-c:a", "libopus"], 1_000],
  ["flac.mp4", [...sound(10, 48_000), "-c:a", "flac", "-strict", "-2"]],
  ["alac.m4a", [...sound(20, 44_100), "-c:a", "alac", "-sample_fmt", "s16p"]],
  ["deep-alac.m4a", [...sound(10, 96_000), "-c:a", "alac", "-sample_fmt", "s32p"]],
  ["six-alac.m4a", [...sound(10, 48_000), "-ac", "6", "-c:a", "alac"]],
  ["alac.mka", [...sound(10, 44_100), "-c:a", "alac"]],
  [
    "transients.m4a",
    [...sound(20, 44_100, "[0];[0]apulsator=hz=3:amount=1"), "-c:a", "aac", "-aac_pns", "0", "-b:a", "96k"],
    1_024,
  ],
  ["intensity.m4a", [...sound(20, 44_100), "-c:a", "aac", "-aac_pns", "0", "-b:a", "48k"], 1_024],
  ["three.m4a", [...sound(10, 48_000), "-ac", "3", "-c:a", "aac", "-aac_pns", "0"], 1_024],
  ["six-aac.m4a", [...sound(10, 48_000), "-ac", "6", "-c:a", "aac", "-aac_pns", "0"], 1_024],
  ["eight-aac.m4a", [...sound(10, 48_000), "-ac", "8", "-c:a", "aac", "-aac_pns", "0"], 1_024],
  ["aac.ts", [...sound(20, 44_100), "-c:a", "aac", "-aac_pns", "0"]],
  ["latm.ts", [...sound(20, 44_100), "-c:a", "aac", "-aac_pns", "0", "-mpegts_flags", "latm"]],
  ["latm.aac", [...sound(20, 44_100), "-c:a", "aac", "-aac_pns", "0", "-f", "latm"]],
  ["mono.latm", [...sound(10, 24_000), "-ac", "1", "-c:a", "aac", "-aac_pns", "0", "-smc-interval", "1"]],
  ["six.latm", [...sound(10, 48_000), "-ac", "6", "-c:a", "aac", "-aac_pns", "0"]],
  ["mp3.ts", [...sound(20, 44_100), "-c:a", "libmp3lame", "-b:a", "128k"], 4_000],
  ["mp2.ts", [...sound(10, 48_000), "-c:a", "mp2"]],
  ["low-mp2.ts", [...sound(10, 24_000), "-ac", "1", "-c:a", "mp2", "-b:a", "64k"]],
  ["low.aac", [...sound(10, 22_050), "-ac", "1", "-c:a", "aac", "-aac_pns", "0"]],
];

/** Tolerated difference from ffmpeg. */
function tolerance(name: string, codec: string): number {
  if (codec === "flac" || codec === "alac") return 0;
  // Both decoders substitute noise of their own in the files of the test kit.
  return codec === "vorbis" || (codec === "aac" && !name.startsWith("tones")) ? 10 ** (-90 / 20) : 0.001;
}

// `npm run setup:services` does not install ffmpeg, which would be its largest package.
describe.skipIf(!hasFfmpeg)("beside ffmpeg", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asterite-media-"));
    for (const [name, args] of made) ffmpeg(...args, "-y", "--", join(folder, name));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ...mediaFiles.map(
      (name) => [name, () => join(mediaFolder, name), name.endsWith("m4a") ? 1_024 : 0] as const,
    ),
    ...made.map(([name, , slack = 0]) => [name, () => join(folder, name), slack] as const),
  ])(
    "%s sounds the same, from wherever it is played",
    async (name, pathOf, slack) => {
      const path = pathOf();
      const stream = await openMedia(memoryBytes(readFileSync(path)));
      const { channels: count, sampleRate } = stream.facts;
      const whole: DecodedTrack = await decodeAll(stream);
      const theirs = decode(path, count, stream.facts.codec);
      const opus = stream.facts.codec === "opus";
      for (const [channel, samples] of theirs.entries()) {
        // The player decodes passed-through Opus to two channels.
        const ours = whole.channels[channel] ?? new Float32Array(0);
        expect(Math.abs(ours.length - samples.length)).toBeLessThanOrEqual(slack);
        expect(difference(ours, samples)).toBeLessThanOrEqual(tolerance(name, stream.facts.codec));
      }
      const { durationMs } = stream.facts;
      const seconds = (whole.channels[0]?.length ?? 0) / whole.sampleRate;
      if (durationMs !== null) expect(Math.abs(durationMs / 1_000 - seconds)).toBeLessThan(0.15);
      const end = seconds * 1_000;
      for (const positionMs of [end * 0.7, end * 0.31, 5, end * 0.93, end * 0.5]) {
        await stream.seek(positionMs);
        const part = await decodeAll(stream, sampleRate);
        const from = Math.round((positionMs * sampleRate) / 1_000) * (whole.sampleRate / sampleRate);
        const decoded = part.channels[0] ?? new Float32Array(0);
        const expected = whole.channels[0]?.subarray(from, from + decoded.length) ?? new Float32Array(0);
        const settled = opus ? 4_800 : 0;
        const difference = maxDifference(decoded.subarray(settled), expected.subarray(settled));
        // A block of QuickTime's ADPCM contains the upper nine bits of its first predictor.
        const exact = name === "ima.aiff" || name === "ima.mov" ? 2 ** -8 : 1e-5;
        expect(difference, `${positionMs} ms`).toBeLessThan(opus ? 0.05 : exact);
      }
      stream.close();
    },
    120_000,
  );

  it.each(["he-aac.aac", "he-aac-mono.m4a", "he-aac-v2.m4a"])(
    "%s is decoded to the same samples",
    async (name) => {
      const path = join(oddMediaFolder, name);
      const { channels } = await decodeAll(await openMedia(memoryBytes(readFileSync(path))));
      const theirs = decode(path, channels.length, "aac");
      for (const [index, samples] of channels.entries())
        expect(20 * Math.log10(difference(samples, theirs[index] ?? new Float32Array(0)))).toBeLessThan(-110);
    },
  );

  it.each(["he-aac-mono.m4a", "he-aac-v2.m4a"])("%s in LATM is decoded to the same samples", async (name) => {
    for (const output of [
      ["-f", "latm", "he.latm"],
      ["-mpegts_flags", "latm", "he.ts"],
    ]) {
      const path = join(folder, output.pop() ?? "");
      ffmpeg("-i", join(oddMediaFolder, name), "-c", "copy", ...output, "-y", path);
      const { channels } = await decodeAll(await openMedia(memoryBytes(readFileSync(path))));
      const theirs = decode(path, channels.length, "aac");
      for (const [index, samples] of channels.entries())
        expect(20 * Math.log10(difference(samples, theirs[index] ?? new Float32Array(0)))).toBeLessThan(-110);
    }
  });

  it("noise that AAC substitutes is as loud", async () => {
    const path = join(folder, "noise.m4a");
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=10:r=44100:a=0.3:s=1", "-c:a", "aac", "-b:a", "24k", "-y", path);
    const whole = await decodeAll(await openMedia(memoryBytes(readFileSync(path))));
    const [theirs = new Float32Array(0)] = decode(path, 1, "aac");
    const [ours = new Float32Array(0)] = whole.channels;
    const level = (samples: Float32Array) => difference(samples, new Float32Array(samples.length));
    // Unlike noise of the same level differs by its square root of two.
    expect(difference(ours, theirs)).toBeGreaterThan(0.1 * level(theirs));
    expect(Math.abs(20 * Math.log10(level(ours) / level(theirs)))).toBeLessThan(0.1);
  });
});
