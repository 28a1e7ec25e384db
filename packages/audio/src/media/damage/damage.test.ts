import { mediaFiles } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readArtwork } from "../artwork.ts";
import { decodeAll, mediaFile, memoryBytes } from "../media.test-support.ts";
import type { MediaChunk, MediaStream } from "../media-stream.ts";
import { openMedia } from "../open-media.ts";
import { picture, withPicture } from "../tags/tags.test-support.ts";
import { TrackError } from "../track-error.ts";
import { damaged, playDamaged } from "./damage.test-support.ts";

// The decoder packages print to the console when used through their public interfaces, which must not happen
// here.
const printed: unknown[] = [];
beforeEach(() => {
  for (const method of ["error", "warn", "log"] as const)
    vi.spyOn(console, method).mockImplementation((...words) => void printed.push(words));
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(printed).toEqual([]);
});

function expectRefusal(error: unknown): undefined {
  expect(error).toBeInstanceOf(TrackError);
}

/** Plays a stream to its end, or to an exception. */
async function listen(
  stream: MediaStream,
): Promise<{ readonly seconds: number; readonly isRefused: boolean }> {
  let seconds = 0;
  try {
    for (let chunk = await stream.read(); chunk; chunk = await stream.read()) seconds += secondsOf(chunk);
    return { seconds, isRefused: false };
  } catch (error) {
    expectRefusal(error);
    return { seconds, isRefused: true };
  } finally {
    stream.close();
  }
}

const secondsOf = (chunk: MediaChunk): number =>
  chunk.type === "pcm"
    ? (chunk.channels[0]?.length ?? 0) / chunk.sampleRate
    : chunk.packets.reduce((sum, { samples, skip, trim }) => sum + Math.max(0, samples - skip - trim), 0) /
      48_000;

describe.each(mediaFiles)("%s, damaged", (name) => {
  it("plays or is refused, without other effects", async () => {
    const endings = new Set<string>();
    for (let seed = 0; seed < 40; seed++) endings.add(await playDamaged(name, seed));
    // Some AAC frames are found in every damaged copy.
    expect([...endings].sort()).toEqual(name === "tones.aac" ? ["played"] : ["played", "refused"]);
  });

  it("ends where the file is truncated, with an exception if a second or more of the declared audio is missing", async () => {
    const whole = mediaFile(name);
    const complete = await decodeAll(await openMedia(memoryBytes(whole)));
    for (let part = 1; part < 24; part++) {
      const bytes = whole.subarray(0, Math.floor((whole.length * part) / 24));
      const stream = await openMedia(memoryBytes(bytes)).catch(expectRefusal);
      if (!stream) continue;
      const { seconds, isRefused } = await listen(stream);
      expect(seconds).toBeLessThanOrEqual((complete.channels[0]?.length ?? 0) / complete.sampleRate);
      const { durationMs, container } = stream.facts;
      const missing = (durationMs ?? 0) / 1_000 - seconds;
      // Frames without a container declare no length, and Ogg declares that of the last page, perhaps a truncated one.
      if (!["adts", "ogg"].includes(container)) expect(isRefused, `${part} of 24`).toBe(missing >= 1);
    }
  });

  it("continues after damage in the middle", async () => {
    const bytes = Uint8Array.from(mediaFile(name));
    bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40);
    const stream = await openMedia(memoryBytes(bytes));
    const { seconds, isRefused } = await listen(stream);
    const { durationMs } = stream.facts;
    expect(seconds).toBeGreaterThan((0.25 * (durationMs ?? 0)) / 1_000);
    expect(isRefused).toBe(false);
  });
});

describe.each(Object.entries(withPicture))("a damaged picture in %s", (_name, make) => {
  it("is read or ignored, without other effects", async () => {
    const whole = make();
    expect((await readArtwork(memoryBytes(whole)))?.data).toEqual(picture);
    const endings = { read: 0, missed: 0, refused: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const bytes = memoryBytes(damaged(whole, seed));
      try {
        const artwork = await readArtwork(bytes, { limits: { maxArtworkBytes: 10_000 } });
        expect(artwork?.data.length ?? 0).toBeLessThanOrEqual(10_000);
        endings[artwork ? "read" : "missed"]++;
      } catch (error) {
        expect(error).toBeInstanceOf(TrackError);
        endings.refused++;
      }
      expect(bytes.closed).toBe(1);
    }
    expect(endings.read).toBeGreaterThan(0);
    expect(endings.missed + endings.refused).toBeGreaterThan(0);
  });
});
