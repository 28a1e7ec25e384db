import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fragmentedMp4, oddMediaFolder, seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  decodeAll,
  inPieces,
  liveBytes,
  maxDifference,
  mediaFile,
  memoryBytes,
  remoteBytes,
  toneWav,
} from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { readFacts } from "./read-facts.ts";
import { unmeasuredFlac, unmeasuredWebm, withDataLength } from "./unmeasured.test-support.ts";

describe("a FLAC file whose encoder did not know its length", () => {
  const bytes = unmeasuredFlac();

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

describe("a file of a writer that could not seek", () => {
  it.each(["tones-opus.webm", "tones-vorbis.webm"] as const)("has its length if it is %s", async (name) => {
    const bytes = unmeasuredWebm(name);
    const { channels, sampleRate } = await decodeAll(await openMedia(memoryBytes(bytes)));
    const heardMs = (1_000 * (channels[0]?.length ?? 0)) / sampleRate;
    for (const source of [memoryBytes(bytes), remoteBytes(bytes)]) {
      const { durationMs, seekable } = await readFacts(source);
      expect(seekable).toBe(true);
      expect(Math.abs((durationMs ?? 0) - heardMs)).toBeLessThanOrEqual(4);
    }
  });

  it("has its length if it is WebM with a cluster that is longer than what is searched, and local", async () => {
    const bytes = unmeasuredWebm("tones-opus.webm");
    const long = Buffer.concat([bytes, Buffer.from("ec100fffff", "hex"), Buffer.alloc(0x0f_ffff)]);
    expect(Math.abs(((await readFacts(memoryBytes(long))).durationMs ?? 0) - 3_000)).toBeLessThanOrEqual(4);
    expect((await readFacts(remoteBytes(long))).durationMs).toBeNull();
  });

  it.each([
    ["the largest length of a signed number", 0x7fff_ffff],
    ["2 GiB", 0x8000_0000],
    ["no length", 0],
    ["the largest length", 0xffff_ffff],
  ])("has its length if it is WAV with %s", async (_what, length) => {
    const bytes = withDataLength(toneWav(440, 0.5), length);
    expect(await readFacts(memoryBytes(bytes))).toMatchObject({ durationMs: 500 });
    expect((await decodeAll(await openMedia(memoryBytes(bytes)))).channels[0]).toHaveLength(24_000);
    // Bytes whose number is unknown have no length either.
    const live = await openMedia(liveBytes(inPieces(bytes)));
    expect(live.facts.durationMs).toBeNull();
    expect((await decodeAll(live)).channels[0]).toHaveLength(24_000);
  });

  it("has its length if it is W64 with a length of −1", async () => {
    const bytes = readFileSync(join(oddMediaFolder, "tones-s16.w64"));
    bytes.writeBigInt64LE(-1n, bytes.indexOf("data") + 16);
    expect(await readFacts(memoryBytes(bytes))).toMatchObject({ durationMs: 250 });
  });

  it("is played if it is WAV that does not state the bytes of a sample", async () => {
    const bytes = toneWav(440, 0.5);
    const expected = await decodeAll(await openMedia(memoryBytes(bytes)));
    bytes.writeUInt16LE(0, 32);
    expect(await decodeAll(await openMedia(memoryBytes(bytes)))).toEqual(expected);
  });
});

describe.each([
  ["tones-dash.m4a", "an MP4 file with an index of each segment", 1_231],
  ["tones-two-tracks.opus", "an Ogg file with two tracks side by side", 1_013],
] as const)("%s", (name, _what, durationMs) => {
  it("has the length of all its audio, and is sought", async () => {
    const bytes = readFileSync(join(oddMediaFolder, name));
    for (const source of [memoryBytes(bytes), ...(name.endsWith("opus") ? [remoteBytes(bytes)] : [])])
      expect(Math.abs(((await readFacts(source)).durationMs ?? 0) - durationMs)).toBeLessThanOrEqual(1);
    const stream = await openMedia(memoryBytes(bytes));
    const whole = await decodeAll(stream);
    expect(Math.abs((1_000 * (whole.channels[0]?.length ?? 0)) / whole.sampleRate - durationMs)).toBeLessThan(
      2,
    );
    await stream.seek(900);
    const part = await decodeAll(stream);
    const settled = name.endsWith("opus") ? 4_800 : 0;
    const [heard = new Float32Array(0)] = part.channels;
    const expected = whole.channels[0]?.subarray(0.9 * whole.sampleRate) ?? new Float32Array(0);
    expect(maxDifference(heard.subarray(settled), expected.subarray(settled))).toBeLessThan(0.01);
  });
});
