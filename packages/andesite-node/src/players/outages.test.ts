import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mediaFolder, mp3At48000 } from "@asterite/testkit";
import { expect, it } from "vitest";
import { playWithOutages, type Served } from "./outages.test-support.ts";

/** Returns a second of tones many times over. */
function longMp3(seconds: number): Served {
  const one = readFileSync(mp3At48000);
  const bytes = Buffer.concat(Array.from({ length: seconds }, () => one));
  return { bytes, bytesPerSecond: one.length / 1.032, burstSeconds: 12 };
}

/** Returns a WAVE file with 96 kHz and 24 bits, which needs as much as the largest FLAC files. */
function largeWav(seconds: number): Served {
  const [rate, blockBytes] = [96_000, 6];
  const bytes = Buffer.alloc(44 + seconds * rate * blockBytes, "a loud noise");
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  for (const [at, value] of [
    [16, 16],
    [20, 0x2_0001],
    [24, rate],
    [28, rate * blockBytes],
    [32, 0x18_0006],
  ] as const)
    bytes.writeUInt32LE(value, at);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return { bytes, bytesPerSecond: rate * blockBytes, burstSeconds: 12 };
}

/** Returns tones.m4a with its index behind the audio and too far away to be read over. */
function indexAtEnd(): Served {
  const file = readFileSync(join(mediaFolder, "tones.m4a"));
  const [index, audio] = [file.indexOf("moov") - 4, file.indexOf("mdat") - 4];
  const moov = Buffer.from(file.subarray(index, index + file.readUInt32BE(index)));
  const offsets = moov.indexOf("stco") + 8;
  for (let entry = 0; entry < moov.readUInt32BE(offsets); entry++) {
    const at = offsets + 4 + 4 * entry;
    moov.writeUInt32BE(moov.readUInt32BE(at) - audio + index, at);
  }
  const gap = Buffer.alloc(400_000);
  gap.writeUInt32BE(gap.length, 0);
  gap.write("free", 4, "latin1");
  const bytes = Buffer.concat([file.subarray(0, index), file.subarray(audio), gap, moov]);
  return { bytes, bytesPerSecond: bytes.length / 3, burstSeconds: 12 };
}

it("bridges outages of 5 s, and starts in 2.5 s from a server that takes a second for each response", async () => {
  // The players play side by side: each test would last as long as all of them.
  const sent = await playWithOutages({
    "mp3, slow, cut": { served: { ...longMp3(22), latencyMs: 1_000 }, outage: "cut" },
    "large WAVE, slow, cut": { served: { ...largeWav(18), latencyMs: 1_000 }, outage: "cut" },
    "large WAVE, stalled": { served: largeWav(18), outage: "stall" },
    "m4a with its index at the end, slow": { served: { ...indexAtEnd(), latencyMs: 1_000 }, frames: 100 },
    "station, cut": { served: { ...longMp3(22), isStation: true }, outage: "cut" },
    "station, slow, stalled": {
      served: { ...longMp3(22), isStation: true, latencyMs: 1_000 },
      outage: "stall",
    },
  });
  for (const [name, { before, missing, requests }] of sent) {
    expect(missing, name).toBe(0);
    expect(before, name).toBeLessThanOrEqual(125);
    if (name.endsWith("cut")) expect(requests, name).toBeGreaterThan(1);
  }
}, 60_000);
