import { readFileSync } from "node:fs";
import { fragmentedMp4 } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, type MemoryBytes, mediaFile, memoryBytes, toneWav } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";

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

const mp3 = Buffer.from(mediaFile("tones-vbr.mp3"));
const withoutInfo = mp3.subarray(mp3.indexOf(Buffer.of(0xff, 0xfb), mp3.indexOf("Xing")));

const flac = Buffer.from(mediaFile("tones.flac"));
flac.fill(0, 22, 26);
flac[21] = (flac[21] ?? 0) & 0xf0;

const wav = toneWav(440, 3);
wav.writeUInt32LE(0xffff_ffff, wav.indexOf("data") + 4);

const webm = Buffer.from(mediaFile("tones-opus.webm"));
webm.set([0xec, 0x89], webm.indexOf("448988", 0, "hex"));

const fragmented = readFileSync(fragmentedMp4);

/** Files that are written from their beginning to their end, with nothing in front that only the end shows. */
const recordings: readonly (readonly [name: string, content: Uint8Array])[] = [
  ["mp3", withoutInfo],
  ["AAC", mediaFile("tones.aac")],
  ["FLAC", flac],
  ["WAV", wav],
  ["Vorbis", mediaFile("tones.ogg")],
  ["Opus", mediaFile("tones.opus")],
  ["WebM", webm],
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
