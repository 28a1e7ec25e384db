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
    "mp3, stalled": { served: longMp3(22), outage: "stall" },
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
}, 180_000);
