import { execFileSync, spawnSync } from "node:child_process";
import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, memoryBytes } from "../../../media.test-support.ts";
import { openMedia } from "../../../open-media.ts";
import { type StereoStyle, writeStereoStream } from "./stereo-writer.test-support.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

/** Decodes AAC in ADTS with ffmpeg. */
function decodeWithFfmpeg(bytes: Uint8Array): readonly [Float32Array, Float32Array] {
  const args = ["-v", "error", "-nostdin", "-f", "aac", "-i", "-", "-f", "f32le", "-c:a", "pcm_f32le", "-"];
  const output = execFileSync("ffmpeg", args, { input: bytes, maxBuffer: 2 ** 28 });
  const samples = new Float32Array(output.buffer, output.byteOffset, output.length / 4);
  return [samples.filter((_, index) => index % 2 === 0), samples.filter((_, index) => index % 2 === 1)];
}

const frames = 40;
const frameSamples = 2_048;
/** Frames until both decoders have settled after the start, and between changes of the bands. */
const [settling, changing] = [4, 10];

/** Level in dB of the difference in settled frames, beside that of the sound. */
function error(ours: Float32Array, theirs: Float32Array): number {
  expect(ours.length).toBe(theirs.length);
  let [rest, sound] = [0, 0];
  for (const [index, sample] of theirs.entries()) {
    if (index < (settling + 1) * frameSamples) continue;
    rest += ((ours[index] ?? 0) - sample) ** 2;
    sound += sample ** 2;
  }
  return 10 * Math.log10(rest / sound);
}

const always = (style: StereoStyle): StereoStyle[] => Array.from({ length: frames }, () => style);
const alternating: StereoStyle[] = Array.from({ length: frames }, (_, frame) => ({
  levelMode: [2, 4, 0][Math.floor(frame / changing) % 3] ?? 0,
  coherenceMode: [5, 1, 3][Math.floor(frame / changing) % 3] ?? 0,
  isVariable: frame % 2 === 1,
}));
const widening: StereoStyle[] = Array.from({ length: frames }, (_, frame) => ({
  levelMode: [0, 4, 2, 5][Math.floor(frame / changing)] ?? 0,
  coherenceMode: [3, 1, 2, 5][Math.floor(frame / changing)] ?? 0,
  hasPhases: true,
}));

const streams: readonly (readonly [name: string, styles: readonly StereoStyle[], limitDb: number])[] = [
  ["20 bands", always({ levelMode: 1, coherenceMode: 1 }), -110],
  ["34 bands", always({ levelMode: 2, coherenceMode: 2 }), -110],
  ["34 bands in fine steps, mixed in the second way", always({ levelMode: 5, coherenceMode: 5 }), -110],
  ["34 bands of levels only, at any border", always({ levelMode: 2, isVariable: true }), -110],
  ["34 bands of coherence only", always({ coherenceMode: 2 }), -110],
  ["10 bands", always({ levelMode: 3, coherenceMode: 0 }), -110],
  ["another number of bands every ten frames", alternating, -110],
  // The phases of both decoders differ by less than a thousandth. After 34 bands, ffmpeg keeps some of them in 20.
  ["phases in 10, then 20, then 34 bands", widening, -55],
  ["phases in 20 bands", always({ levelMode: 1, coherenceMode: 1, hasPhases: true }), -60],
  [
    "phases in 34 bands, at any border",
    always({ levelMode: 5, coherenceMode: 5, hasPhases: true, isVariable: true }),
    -60,
  ],
];

describe("parametric stereo that no encoder writes", () => {
  it.runIf(hasFfmpeg).each(streams)("is decoded as by ffmpeg: %s", async (_name, styles, limitDb) => {
    const stream = writeStereoStream(styles, seededRandom(7));
    const { channels, sampleRate } = await decodeAll(await openMedia(memoryBytes(stream)));
    expect(sampleRate).toBe(44_100);
    const theirs = decodeWithFfmpeg(stream);
    for (const [side, samples] of theirs.entries())
      expect(error(channels[side] ?? new Float32Array(0), samples)).toBeLessThan(limitDb);
  });
});
