import { readFileSync } from "node:fs";
import { fragmentedMp4, seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { decodeAll, maxDifference, mediaFile, memoryBytes, remoteBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { readFacts } from "./read-facts.ts";

describe("a FLAC file whose encoder did not know its length", () => {
  const bytes = Uint8Array.from(mediaFile("tones.flac"));
  // The lower half of a byte and four bytes: the samples in the stream info.
  bytes.set([(bytes[21] ?? 0) & 0xf0, 0, 0, 0, 0], 21);

  it.each([
    ["local", memoryBytes],
    ["remote", remoteBytes],
  ])("has the length of its frames if it is %s", async (_what, source) => {
    expect(await readFacts(source(bytes))).toMatchObject({ durationMs: 3_000, seekable: true });
  });

  it("is sought as one with a length, and is not read to its end before it is played from afar", async () => {
    const whole = await decodeAll(await openMedia(memoryBytes(mediaFile("tones.flac"))));
    const source = remoteBytes(Buffer.concat([bytes, Buffer.alloc(2_000_000, 0x11)]));
    const stream = await openMedia(source);
    expect(source.bytesRead).toBeLessThan(200_000);
    stream.close();
    const local = await openMedia(memoryBytes(bytes));
    await local.seek(1_234);
    const part = await decodeAll(local);
    const expected = whole.channels[0]?.subarray(Math.round(1.234 * 44_100)) ?? new Float32Array(0);
    expect(maxDifference(part.channels[0] ?? new Float32Array(0), expected)).toBe(0);
  });
});

describe("the last frame of a FLAC file", () => {
  const bytes = mediaFile("tones.flac");
  const next = seededRandom(5);
  const junk = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(255 * next())));

  it.each([
    ["an ID3 tag", Buffer.concat([Buffer.from("TAG"), Buffer.alloc(125, "a")])],
    ["zeros", Buffer.alloc(5_000)],
    ["junk", junk(5_000)],
    ["more junk than a frame has bytes", junk(200_000)],
  ])("is heard in front of %s", async (_what, more) => {
    const whole = await decodeAll(await openMedia(memoryBytes(bytes)));
    const { channels } = await decodeAll(await openMedia(memoryBytes(Buffer.concat([bytes, more]))));
    expect(channels).toEqual(whole.channels);
  });
});

describe("a fragmented MP4 file without a segment index", () => {
  const bytes = readFileSync(fragmentedMp4);
  const withoutIndex = bytes.subarray(0, bytes.length - bytes.readUInt32BE(bytes.length - 4));

  it.each([
    ["by the index at its end", remoteBytes(bytes)],
    ["by the index at its end, if it is local", memoryBytes(bytes)],
    ["by its fragments, if it is local", memoryBytes(withoutIndex)],
  ])("has its length %s", async (_how, source) => {
    const { durationMs, seekable } = await readFacts(source);
    expect(seekable).toBe(true);
    expect(Math.abs((durationMs ?? 0) - 3_000)).toBeLessThan(25);
  });

  it.each([
    ["with an index", memoryBytes(bytes)],
    ["without one", memoryBytes(withoutIndex)],
    ["without one, of a server", remoteBytes(withoutIndex)],
  ])("is played from a position %s", async (_what, source) => {
    const stream = await openMedia(source);
    const whole = await decodeAll(stream);
    expect(Math.abs((whole.channels[0]?.length ?? 0) / 44_100 - 3)).toBeLessThan(0.05);
    await stream.seek(1_800);
    const part = await decodeAll(stream);
    const expected = whole.channels[0]?.subarray(Math.round(1.8 * 44_100)) ?? new Float32Array(0);
    expect(maxDifference(part.channels[0] ?? new Float32Array(0), expected)).toBeLessThan(1e-3);
  });

  it("has its length however many fragments it has", async () => {
    const first = withoutIndex.indexOf("moof") - 4;
    const fragments = Array.from({ length: 800 }, () => withoutIndex.subarray(first));
    const long = Buffer.concat([withoutIndex.subarray(0, first), ...fragments]);
    expect(await readFacts(memoryBytes(long))).toMatchObject({
      seekable: true,
      durationMs: expect.any(Number),
    });
  });

  it.each([0xffff_ffff, 15, 1_000_000])("ignores an index of %i bytes", async (length) => {
    const broken = Buffer.from(bytes);
    broken.writeUInt32BE(length, broken.length - 4);
    expect((await readFacts(memoryBytes(broken))).durationMs).toBeGreaterThan(2_975);
  });
});
