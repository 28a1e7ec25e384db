import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeStream, oggStream, randomStream } from "./random-stream.test-support.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

/** Decodes a file with libvorbis, to 16 bits. Returns the samples of all channels in turn. */
function decodeFile(path: string): Float32Array {
  const args = [
    "-v",
    "error",
    "-nostdin",
    "-c:a",
    "libvorbis",
    "-i",
    path,
    "-f",
    "f32le",
    "-c:a",
    "pcm_f32le",
    "-",
  ];
  const bytes = execFileSync("ffmpeg", args, { maxBuffer: 2 ** 28 });
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

// ffmpeg's own decoder differs from libvorbis for some residues.
describe.skipIf(!hasFfmpeg)("beside libvorbis", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "asterite-vorbis-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(([0, 1] as const).flatMap((floor) => [1, 2, 4].map((channels) => ({ floor, channels }))))(
    "decodes random streams of $channels channels with floors of type $floor alike",
    ({ floor, channels }) => {
      for (let seed = 1; seed <= 20; seed++) {
        const stream = randomStream(seed, floor, channels);
        const path = join(folder, `${seed}.ogg`);
        writeFileSync(path, oggStream(stream));
        const theirs = decodeFile(path);
        const decoded = decodeStream(stream);
        expect(theirs.length).toBe(channels * (decoded[0]?.length ?? 0));
        for (const [channel, ours] of decoded.entries()) {
          let power = 0;
          for (const [at, sample] of ours.entries()) {
            const clipped = Math.max(-1, Math.min(32_767 / 32_768, sample));
            power += (clipped - (theirs[channels * at + channel] ?? 0)) ** 2;
          }
          expect(10 * Math.log10(power / ours.length), `seed ${seed}, channel ${channel}`).toBeLessThan(-90);
        }
      }
    },
    120_000,
  );
});
