import { mediaFiles } from "@asterite/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAll, inPieces, liveBytes, mediaFile, memoryBytes, remoteBytes } from "./media.test-support.ts";
import { openMedia } from "./open-media.ts";
import { TrackError } from "./track-error.ts";

/** Returns a WAV file with a format code. */
function wav(format: number, bits: number, channels: number, rate: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

const samplesOf = async (content: Uint8Array): Promise<number[]> => [
  ...((await decodeAll(await openMedia(memoryBytes(content)))).channels[0] ?? []),
];

describe("WAV samples", () => {
  it("of 8 bits are unsigned", async () => {
    expect(await samplesOf(wav(1, 8, 1, 8_000, Uint8Array.of(0, 128, 192, 255)))).toEqual([
      -1,
      0,
      0.5,
      127 / 128,
    ]);
  });

  it("of 16, 24 and 32 bits are signed", async () => {
    const data = Buffer.alloc(6);
    data.writeInt16LE(-32_768, 0);
    data.writeInt16LE(16_384, 2);
    expect(await samplesOf(wav(1, 16, 1, 8_000, data))).toEqual([-1, 0.5, 0]);
    data.writeIntLE(-8_388_608, 0, 3);
    data.writeIntLE(4_194_304, 3, 3);
    expect(await samplesOf(wav(1, 24, 1, 8_000, data))).toEqual([-1, 0.5]);
    const wide = Buffer.alloc(8);
    wide.writeInt32LE(-2_147_483_648, 0);
    wide.writeInt32LE(1_073_741_824, 4);
    expect(await samplesOf(wav(1, 32, 1, 8_000, wide))).toEqual([-1, 0.5]);
  });

  it("with fewer bits than their bytes occupy the upper ones", async () => {
    const content = wav(1, 24, 1, 8_000, Buffer.from("000000800000004000000000", "hex"));
    // Four bytes for each of 24 bits, then three bytes for each of 20.
    content.writeUInt16LE(4, 32);
    expect(await samplesOf(content)).toEqual([-1, 0.5, 0]);
    const twenty = wav(1, 24, 1, 8_000, Buffer.from("000080000040", "hex"));
    twenty.writeUInt16LE(20, 34);
    expect(await samplesOf(twenty)).toEqual([-1, 0.5]);
  });

  it("of floating point are unchanged, except for NaN", async () => {
    const data = Buffer.alloc(16);
    for (const [index, value] of [0.25, Number.NaN, Number.POSITIVE_INFINITY, -0.5].entries())
      data.writeFloatLE(value, index * 4);
    expect(await samplesOf(wav(3, 32, 1, 8_000, data))).toEqual([0.25, 0, 0, -0.5]);
  });

  it("of µ-law and A-law follow G.711", async () => {
    expect(await samplesOf(wav(7, 8, 1, 8_000, Uint8Array.of(0xff, 0x7f, 0x80, 0x00)))).toEqual([
      0,
      -0,
      8_031 / 8_192,
      -8_031 / 8_192,
    ]);
    expect(await samplesOf(wav(6, 8, 1, 8_000, Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a)))).toEqual([
      1 / 4_096,
      -1 / 4_096,
      4_032 / 4_096,
      -4_032 / 4_096,
    ]);
  });
});

it.each([
  ["655,350 Hz", wav(1, 16, 1, 655_350, new Uint8Array(100)), /655350 Hz/],
  ["a hertz", wav(1, 16, 1, 1, new Uint8Array(100)), /1 Hz/],
  ["Windows Media Audio in a WAVE", wav(0x161, 0, 2, 48_000, new Uint8Array(800)), /0x161/],
  ["40 channels", wav(1, 16, 40, 48_000, new Uint8Array(800)), /Unknown file format/],
])("%s is refused", async (_, content, message) => {
  await expect(openMedia(memoryBytes(content))).rejects.toThrow(message);
});

it("rejects other content with lavaplayer's message, and closes the bytes", async () => {
  const html = Buffer.from(`<!doctype html><title>Not found</title>${"<p>text</p>".repeat(5_000)}`);
  for (const content of [
    new Uint8Array(0),
    Uint8Array.of(1),
    html,
    Buffer.from("RIFF\0\0\0\0WAVE"),
    Buffer.from("OggS"),
  ]) {
    const source = memoryBytes(content);
    const error = await openMedia(source).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TrackError);
    expect(error).toMatchObject({ severity: "COMMON" });
    expect(source.closed).toBe(1);
  }
  await expect(openMedia(memoryBytes(html))).rejects.toThrow("Unknown file format.");
});

it("never recognises noise as audio, and stops searching", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1_000, maxLength: 60_000 }),
      fc.boolean(),
      async (content, live) => {
        await expect(openMedia(live ? liveBytes(inPieces(content)) : memoryBytes(content))).rejects.toThrow(
          TrackError,
        );
      },
    ),
    { numRuns: 60 },
  );
  const large = memoryBytes(Buffer.alloc(40_000_000, 0x55));
  await expect(openMedia(large)).rejects.toThrow("Unknown file format.");
  expect(large.bytesRead).toBeLessThan(500_000);
});

it("limits the search in a live source", async () => {
  let given = 0;
  function* tag() {
    // Announces a tag of 200 MB.
    yield Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0x60, 0, 0, 0]);
    for (;;) {
      given += 10_000;
      yield new Uint8Array(10_000);
    }
  }
  await expect(openMedia(liveBytes(tag()), { limits: { maxProbeBytes: 1_000_000 } })).rejects.toThrow(
    TrackError,
  );
  expect(given).toBeLessThan(1_100_000);
});

it.each(mediaFiles)("opens %s from its beginning, and reads on demand", async (name) => {
  // Two megabytes of filler follow, to detect a reader that reads the whole file.
  const content = mediaFile(name);
  const long = Buffer.concat([content, Buffer.alloc(2_000_000, name.endsWith("wav") ? 0 : 0x11)]);
  const source = remoteBytes(long);
  const stream = await openMedia(source);
  expect(source.bytesRead).toBeLessThan(content.length + 600_000);
  const before = source.bytesRead;
  await stream.read();
  expect(source.bytesRead - before).toBeLessThan(200_000);
  stream.close();
  expect(source.closed).toBe(1);
});

it("requires a number as position", async () => {
  const stream = await openMedia(memoryBytes(mediaFile("tones.wav")));
  await expect(stream.seek(Number.NaN)).rejects.toThrow(RangeError);
  await stream.seek(-5);
  expect((await decodeAll(stream)).channels[0]?.length).toBe(44_100);
  stream.close();
  await expect(stream.seek(0)).rejects.toThrow(TrackError);
});

it.each([
  [0, "Main"],
  [2, "SSR"],
  [3, "LTP"],
])("refuses AAC of profile %i by its name", async (profile, name) => {
  const frame = Uint8Array.of(
    0xff,
    0xf1,
    (profile << 6) | (4 << 2),
    0x80,
    0x02,
    0x1f,
    0xfc,
    ...new Uint8Array(9),
  );
  const bytes = memoryBytes(Buffer.concat(Array.from({ length: 20 }, () => frame)));
  await expect(openMedia(bytes)).rejects.toThrow(`AAC of the profile ${name} is not supported.`);
  expect(bytes.closed).toBe(1);
});
