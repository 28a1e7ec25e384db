import { readFileSync } from "node:fs";
import { fragmentedMp4 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, type MemoryBytes, mediaFile, memoryBytes, toneWav } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { framesOf, unmeasuredFlac, unmeasuredWebm, withDataLength } from "./unmeasured.test-support.ts";

/** Bytes of a file of which a part was written when it was opened, and more whenever its end is reached. */
function growingBytes(content: Uint8Array, firstBytes: number, stepBytes: number): MemoryBytes {
  const whole = memoryBytes(content);
  let size = firstBytes;
  return {
    ...whole,
    get size() {
      return size;
    },
    read(start, end) {
      return Promise.resolve(content.slice(start, Math.min(end, size)));
    },
    awaitSize(bytes) {
      while (size < bytes && size < content.length) size = Math.min(size + stepBytes, content.length);
      return Promise.resolve();
    },
  };
}

const fragmented = readFileSync(fragmentedMp4);

/** Files that are written from their beginning to their end, with nothing in front that only the end shows. */
const recordings: readonly (readonly [name: string, content: Uint8Array])[] = [
  ["mp3", framesOf("tones-vbr.mp3")],
  ["AAC", mediaFile("tones.aac")],
  ["FLAC", unmeasuredFlac()],
  ["WAV", withDataLength(toneWav(440, 3), 0xffff_ffff)],
  ["Vorbis", mediaFile("tones.ogg")],
  ["Opus", mediaFile("tones.opus")],
  ["WebM", unmeasuredWebm("tones-opus.webm")],
  [
    "fragmented MP4",
    fragmented.subarray(0, fragmented.length - fragmented.readUInt32BE(fragmented.length - 4)),
  ],
];

describe.each(recordings)("a file that grows: %s", (_name, content) => {
  it.each([1, 700, 50_000])("is heard as the whole file, by %i bytes more", async (stepBytes) => {
    const expected = await decodeAll(await openMedia(memoryBytes(content)));
    const stream = await openMedia(growingBytes(content, Math.floor(0.6 * content.length), stepBytes));
    const heard = await decodeAll(stream);
    expect(heard.channels[0]?.length).toBe(expected.channels[0]?.length);
    expect(heard).toEqual(expected);
    expect(stream.facts.durationMs === null || stream.facts.isDurationEstimated).toBe(true);
  });

  it("has an exact length if it does not grow", async () => {
    const stream = await openMedia(memoryBytes(content));
    await decodeAll(stream);
    expect(stream.facts).toMatchObject({ durationMs: expect.any(Number), isDurationEstimated: false });
  });
});

it("is played whole although it declares a length, if it is a download in progress", async () => {
  for (const name of ["tones.mp3", "tones.flac", "tones.wav", "tones.m4a", "tones-vorbis.webm"] as const) {
    const content = mediaFile(name);
    const expected = await decodeAll(await openMedia(memoryBytes(content)));
    const stream = await openMedia(growingBytes(content, Math.floor(0.6 * content.length), 1_000));
    expect(await decodeAll(stream)).toEqual(expected);
    expect(stream.facts.isDurationEstimated).toBe(false);
  }
});
