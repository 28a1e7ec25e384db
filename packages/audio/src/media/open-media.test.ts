import type { MediaFile } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { amplitude, decodeAll, maxDifference, mediaFile, memoryBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { readFacts } from "./read-facts.ts";

/**
 * Name, container, codec, sample rate in Hz, samples, and the duration in ms if the container declares
 * another one.
 */
const files: readonly [MediaFile, string, string, number, number, number?][] = [
  ["tones.mp3", "mp3", "mp3", 44_100, 132_300],
  ["tones-vbr.mp3", "mp3", "mp3", 44_100, 132_300],
  ["tones.flac", "flac", "flac", 44_100, 132_300],
  ["tones.ogg", "ogg", "vorbis", 44_100, 132_300],
  ["tones.opus", "ogg", "opus", 48_000, 144_000],
  ["tones-opus.webm", "matroska/webm", "opus", 48_000, 144_000, 3_002],
  ["tones-vorbis.webm", "matroska/webm", "vorbis", 44_100, 132_672, 3_003],
  ["tones.m4a", "mp4", "aac", 44_100, 132_300],
  ["tones-alac.m4a", "mp4", "alac", 44_100, 44_100],
  ["tones.aac", "adts", "aac", 44_100, 134_144],
  ["tones.wav", "wav", "pcm", 44_100, 44_100],
];

/** Tolerance after a seek: Opus depends on more than the 80 ms before it. */
const exactness: Readonly<Record<string, number>> = { opus: 0.03 };

describe.each(files)("%s", (name, container, codec, sampleRate, samples, durationMs) => {
  const open = () => openMedia(memoryBytes(mediaFile(name)));

  it("reports container, codec, rate and duration", async () => {
    const source = memoryBytes(mediaFile(name));
    expect(await readFacts(source)).toEqual({
      container,
      codec,
      sampleRate,
      channels: 2,
      seekable: true,
      isDurationEstimated: false,
      durationMs: durationMs ?? Math.round((samples * 1_000) / sampleRate),
      ...(container === "adts"
        ? { title: null, author: null, album: null }
        : { title: "Tones", author: "Asterite", album: "Test" }),
      lyrics: null,
      isrc: null,
      cueSheet: null,
      discNumber: null,
      trackNumber: null,
      replayGainDb: null,
      hasPicture: false,
    });
    expect(source.closed).toBe(1);
  });

  it("decodes every sample, with each tone on its channel", async () => {
    const stream = await open();
    const { channels, sampleRate: rate } = await decodeAll(stream);
    stream.close();
    expect(rate).toBe(sampleRate);
    const [left = new Float32Array(0), right = new Float32Array(0)] = channels;
    expect([left.length, right.length]).toEqual([samples, samples]);
    for (const [side, own, other] of [
      [left, 440, 880],
      [right, 880, 440],
    ] as const) {
      const middle = side.subarray(sampleRate / 10, samples - sampleRate / 10);
      expect(amplitude(middle, own, sampleRate)).toBeGreaterThan(0.23);
      expect(amplitude(middle, own, sampleRate)).toBeLessThan(0.27);
      expect(amplitude(middle, other, sampleRate)).toBeLessThan(0.01);
    }
  });

  it("seeks accurately to the sample", async () => {
    const stream = await open();
    const whole = await decodeAll(stream);
    for (const positionMs of [500, 0, 123, 997.3, 30, 700]) {
      await stream.seek(positionMs);
      const part = await decodeAll(stream);
      const from = Math.round((positionMs * sampleRate) / 1_000);
      for (const [channel, decoded] of part.channels.entries()) {
        const expected = whole.channels[channel]?.subarray(from) ?? new Float32Array(0);
        expect(decoded.length, `${positionMs} ms`).toBe(expected.length);
        expect(maxDifference(decoded, expected), `${positionMs} ms`).toBeLessThan(exactness[codec] ?? 1e-6);
      }
    }
    await stream.seek(100_000);
    expect(await stream.read()).toBeUndefined();
    stream.close();
  });
});
