import type { MediaFile } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
} from "./media.test-support.ts";
import { openPart } from "./media-part.ts";
import { openMedia } from "./open-media.ts";

/** A file of each kind of reader and codec. */
const files: readonly MediaFile[] = [
  "tones-vbr.mp3",
  "tones.flac",
  "tones.ogg",
  "tones-opus.webm",
  "tones.m4a",
];

const open = (name: MediaFile) => openMedia(memoryBytes(mediaFile(name)));

describe("openPart", () => {
  it.each(files)("yields each sample of %s in exactly one of consecutive parts", async (name) => {
    const media = await open(name);
    const whole = await decodeAll(media);
    const places = [0, 20 / 75, 0.5, 61 / 75];
    const sides: [Float32Array[], Float32Array[]] = [[], []];
    for (const [index, startSeconds] of places.entries()) {
      const endSeconds = places[index + 1] ?? null;
      const part = openPart(await open(name), { startSeconds, endSeconds });
      const durationMs = (endSeconds ?? (media.facts.durationMs ?? 0) / 1_000) * 1_000 - startSeconds * 1_000;
      expect(part.facts.durationMs).toBe(Math.round(durationMs));
      const first = await decodeAll(part);
      await part.seek(100);
      const again = await decodeAll(part);
      const skipped =
        Math.round(whole.sampleRate * (startSeconds + 0.1)) - Math.round(whole.sampleRate * startSeconds);
      expect(again.channels[0]?.length).toBe((first.channels[0]?.length ?? 0) - skipped);
      await part.seek(100_000);
      expect(await part.read()).toBeUndefined();
      for (const [side, samples] of sides.entries())
        samples.push(first.channels[side] ?? new Float32Array(0));
      part.close();
    }
    const tolerance = whole.sampleRate === 48_000 ? 0.03 : 1e-6;
    for (const [side, pieces] of sides.entries()) {
      const joined = Float32Array.from(pieces.flatMap((samples) => [...samples]));
      const expected = whole.channels[side] ?? new Float32Array(0);
      expect(joined.length).toBe(expected.length);
      expect(maxDifference(joined, expected)).toBeLessThan(tolerance);
    }
    media.close();
  });

  it("ends with the file if it ends before the part, which has no beginning after the end", async () => {
    const part = openPart(await open("tones.flac"), { startSeconds: 2, endSeconds: 10 });
    expect(part.facts).toMatchObject({ durationMs: 1_000, isDurationEstimated: false });
    expect((await decodeAll(part)).channels[0]?.length).toBe(44_100);
    part.close();
    const bytes = memoryBytes(mediaFile("tones.flac"));
    const media = await openMedia(bytes);
    expect(() => openPart(media, { startSeconds: 3, endSeconds: null })).toThrow("ends before this part");
    expect(bytes.closed).toBe(1);
  });

  it("refuses a stream that cannot seek", async () => {
    const media = await openMedia(liveBytes(inPieces(mediaFile("tones.mp3")), { endless: true }));
    expect(() => openPart(media, { startSeconds: 0, endSeconds: 1 })).toThrow("does not support seeking");
  });
});
