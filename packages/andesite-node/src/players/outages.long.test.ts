// Outages and slow servers with whole files of ffmpeg. The table of bench/RESULTS.md is what this prints.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { playWithOutages, type Served } from "./outages.test-support.ts";

const folder = mkdtempSync(join(tmpdir(), "asterite-outages-"));
afterAll(() => rmSync(folder, { recursive: true }));
const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const seconds = 30;

/** Encodes noise and a tone. */
function encode(name: string, ...options: readonly string[]): Served {
  const path = join(folder, name);
  const source = `anoisesrc=a=0.2:d=${seconds},aformat=channel_layouts=stereo`;
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, ...options, path]);
  const bytes = readFileSync(path);
  return { bytes, bytesPerSecond: bytes.length / seconds, burstSeconds: 9 };
}

it.skipIf(!hasFfmpeg)(
  "bridges outages of 5 s in every format",
  async () => {
    const mp3 = encode("station.mp3", "-b:a", "192k", "-write_xing", "0");
    const files: Readonly<Record<string, Served>> = {
      "mp3, 320 kbit/s": encode("cbr.mp3", "-b:a", "320k"),
      FLAC: encode("cd.flac", "-ar", "44100"),
      "FLAC, 24 bits, 96 kHz": encode("hd.flac", "-ar", "96000", "-sample_fmt", "s32"),
      "m4a, index at the end": encode("end.m4a", "-c:a", "aac", "-b:a", "256k"),
      "Ogg Vorbis": encode("vorbis.ogg", "-c:a", "libvorbis", "-b:a", "192k"),
      "WebM Opus": encode("opus.webm", "-c:a", "libopus", "-b:a", "160k"),
      "station of mp3": { ...mp3, isStation: true },
    };
    for (const outage of ["cut", "stall"] as const) {
      for (const latencyMs of [0, 1_000]) {
        const cases = Object.entries(files).map(([name, file]) => [
          name,
          { served: { ...file, latencyMs }, outage, frames: 800 },
        ]);
        for (const [name, { before, missing, requests }] of await playWithOutages(
          Object.fromEntries(cases),
        )) {
          process.stdout.write(
            `| ${name} | ${outage} | ${latencyMs} | ${before * 20} | ${missing * 20} | ${requests} |\n`,
          );
          expect(missing, name).toBe(0);
          expect(before, name).toBeLessThanOrEqual(125);
        }
      }
    }
  },
  300_000,
);
