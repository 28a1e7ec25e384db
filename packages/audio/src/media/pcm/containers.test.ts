import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { readArtwork } from "../artwork.ts";
import { damaged } from "../damage/damage.test-support.ts";
import { amplitude, decodeAll, inPieces, liveBytes, memoryBytes } from "../media.test-support.ts";
import { openMedia } from "../open-media.ts";
import { readFacts } from "../read-facts.ts";
import { id3, latin1, picture } from "../tags/tags.test-support.ts";
import { TrackError } from "../track-error.ts";

const uint16 = (number: number) => Buffer.from([number >> 8, number & 255]);
const uint32 = (number: number) => Buffer.concat([uint16(number >>> 16), uint16(number & 0xffff)]);
const chunk = (name: string, body: Buffer) =>
  Buffer.concat([latin1(name), uint32(body.length), body, Buffer.alloc(body.length % 2)]);

/** 8,000 Hz as a floating-point number of 80 bits. */
const rate80 = Buffer.from("400bfa00000000000000", "hex");

function aiff(
  channels: number,
  bits: number,
  data: Buffer,
  options: {
    readonly compression?: string;
    readonly samples?: number;
    readonly more?: readonly Buffer[];
  } = {},
): Buffer {
  const { compression, more = [] } = options;
  const samples = options.samples ?? data.length / channels / Math.ceil(bits / 8);
  const common = Buffer.concat([uint16(channels), uint32(samples), uint16(bits), rate80]);
  const body = Buffer.concat([
    latin1(compression ? "AIFC" : "AIFF"),
    ...more,
    chunk("COMM", compression ? Buffer.concat([common, latin1(`${compression}\0\0`)]) : common),
    chunk("SSND", Buffer.concat([uint32(0), uint32(0), data])),
  ]);
  return chunk("FORM", body);
}

const au = (encoding: number, channels: number, data: Buffer, bytes = data.length) =>
  Buffer.concat([latin1(".snd"), ...[24, bytes, encoding, 8_000, channels].map(uint32), data]);

/** Content of an AIFF file whose samples are 0.5, −1 and 0 on one channel. */
const s16 = Buffer.concat([0x4000, 0x8000, 0].map(uint16));

/** Returns a WAV file, given its format and its samples in hexadecimal. */
function wav(format: string, samples: string): Buffer {
  const part = (name: string, hex: string) => {
    const body = Buffer.from(hex, "hex");
    return Buffer.concat([latin1(name), uint32(body.length).reverse(), body]);
  };
  const body = Buffer.concat([part("fmt ", format), part("data", samples)]);
  return Buffer.concat([latin1("RIFF"), uint32(body.length + 4).reverse(), latin1("WAVE"), body]);
}
/** Beginning of the formats of 32 bits per sample: one channel, 8,000 Hz. */
const wide = "0100401f0000007d00000400";
const uncompressed = "0100000000001000800000aa00389b71";

function caf(
  codec: string,
  flags: number,
  width: number,
  channels: number,
  data: Buffer,
  length?: bigint,
): Buffer {
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(8_000);
  const long = (size: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(size);
    return bytes;
  };
  const numbers = [flags, width * channels, 1, channels, width * 8].map(uint32);
  return Buffer.concat([
    latin1("caff\0\x01\0\0"),
    ...[latin1("desc"), long(32n), rate, latin1(codec), ...numbers],
    ...[latin1("info"), long(24n), uint32(1), latin1("title\0A small sound\0")],
    ...[latin1("data"), long(length ?? BigInt(data.length + 4)), uint32(0), data],
  ]);
}

const samplesOf = async (content: Uint8Array): Promise<number[][]> =>
  (await decodeAll(await openMedia(memoryBytes(content)))).channels.map((samples) => [...samples]);

describe("uncompressed samples", () => {
  it.each<[string, Buffer]>([
    ["AIFF", aiff(1, 16, s16)],
    ["AIFF of 12 bits", aiff(1, 12, s16)],
    ["AIFF without a length", aiff(1, 16, s16, { samples: 0 })],
    ["AIFC, little-endian", aiff(1, 16, Buffer.from("004000800000", "hex"), { compression: "sowt" })],
    ["AIFC of 24 bits", aiff(1, 24, Buffer.from("400000800000000000", "hex"), { compression: "in24" })],
    ["AIFC of floats", aiff(1, 32, Buffer.from("3f000000bf80000000000000", "hex"), { compression: "fl32" })],
    ["AIFF of 8 bits", aiff(1, 8, Buffer.from("408000", "hex"))],
    ["AU", au(3, 1, s16)],
    ["AU of a writer that could not seek", au(3, 1, s16, 0xffff_ffff)],
    ["AU of 8 bits", au(2, 1, Buffer.from("408000", "hex"))],
    ["AU of doubles", au(7, 1, Buffer.from("3fe0000000000000bff00000000000000000000000000000", "hex"))],
    [
      "WAV of 24 bits in 32, with an extended format",
      wav(`feff${wide}20001600180004000000${uncompressed}`, "000000400000008000000000"),
    ],
    ["WAV of 24 bits in 32", wav(`0100${wide}1800`, "000000400000008000000000")],
    ["CAF", caf("lpcm", 0, 2, 1, s16)],
    ["CAF of a writer that could not seek", caf("lpcm", 0, 2, 1, s16, -1n)],
    ["CAF, little-endian", caf("lpcm", 2, 2, 1, Buffer.from("004000800000", "hex"))],
    ["CAF of floats", caf("lpcm", 1, 4, 1, Buffer.from("3f000000bf80000000000000", "hex"))],
  ])("of %s", async (_name, content) => {
    expect(await samplesOf(content)).toEqual([[0.5, -1, 0]]);
  });

  it.each<[string, Buffer]>([
    ["AIFF", aiff(1, 16, s16)],
    ["CAF", caf("lpcm", 0, 2, 1, s16)],
  ])("of %s behind a tag", async (name, content) => {
    const tagged = Buffer.concat([id3(3, [["TIT2", latin1("\0In front")]]), content]);
    expect(await samplesOf(tagged)).toEqual([[0.5, -1, 0]]);
    expect(await readFacts(memoryBytes(tagged))).toHaveProperty(
      "title",
      name === "CAF" ? "A small sound" : "In front",
    );
    const live = await decodeAll(await openMedia(liveBytes(inPieces(tagged))));
    expect(live.channels.map((samples) => [...samples])).toEqual([[0.5, -1, 0]]);
  });

  it.each<[string, Buffer, string]>([
    ["an AIFF file", aiff(2, 16, Buffer.alloc(64_000, 0x20)), "aiff"],
    ["an AU file", au(3, 2, Buffer.alloc(64_000, 0x20)), "au"],
    ["a CAF file", caf("lpcm", 0, 2, 2, Buffer.alloc(64_000, 0x20)), "caf"],
  ])("of %s have its length, from a file or a stream", async (_name, content, container) => {
    const facts = { container, codec: "pcm", sampleRate: 8_000, channels: 2, durationMs: 2_000 };
    expect(await readFacts(memoryBytes(content))).toMatchObject({ ...facts, seekable: true });
    const live = await openMedia(liveBytes(inPieces(content)));
    expect(live.facts).toMatchObject({ ...facts, seekable: false });
    expect((await decodeAll(live)).channels[1]).toHaveLength(16_000);
  });

  it.each<[string, Buffer, RegExp]>([
    ["an AIFC file", aiff(1, 16, s16, { compression: "QDM2" }), /QDM2/],
    ["an AU file", au(23, 1, s16), /23/],
    ["a CAF file", caf("aac ", 0, 2, 1, s16), /aac/],
  ])("with an unsupported compression in %s are refused by its name", async (_name, content, message) => {
    await expect(openMedia(memoryBytes(content))).rejects.toThrow(message);
  });

  it.each<[string, Buffer]>([
    ["AIFF", aiff(0, 16, s16)],
    ["AU", au(3, 0, s16)],
    ["CAF", caf("lpcm", 0, 2, 0, s16)],
    ["AIFF with 300", aiff(300, 16, s16)],
    ["CAF with 5 bytes a sample in", caf("lpcm", 0, 5, 1, s16)],
  ])("without a valid number of channels in %s are refused", async (_name, content) => {
    await expect(openMedia(memoryBytes(content))).rejects.toThrow(TrackError);
  });
});

describe("tags", () => {
  it("of AIFF are in text chunks and an ID3 chunk, which takes precedence", async () => {
    const texts = [chunk("NAME", latin1("Plain")), chunk("AUTH", latin1("Author"))];
    expect(await readFacts(memoryBytes(aiff(1, 16, s16, { more: texts })))).toMatchObject({
      title: "Plain",
      author: "Author",
    });
    const more = [...texts, chunk("ID3 ", id3(3, [["TIT2", latin1("\0Tagged")]]))];
    expect(await readFacts(memoryBytes(aiff(1, 16, s16, { more })))).toMatchObject({
      title: "Tagged",
      author: "Author",
    });
  });

  it("of AIFF may contain a picture", async () => {
    const tag = id3(4, [["APIC", Buffer.concat([latin1("\0image/png\0\x03\0"), picture])]]);
    const content = aiff(1, 16, s16, { more: [chunk("id3 ", tag)] });
    expect(await readFacts(memoryBytes(content))).toMatchObject({ hasPicture: true });
    expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
    expect(await readArtwork(memoryBytes(aiff(1, 16, s16)))).toBeUndefined();
  });

  it("of CAF are in its information chunk", async () => {
    expect(await readFacts(memoryBytes(caf("lpcm", 0, 2, 1, s16)))).toMatchObject({ title: "A small sound" });
  });
});

const oddFile = (name: string): Buffer => readFileSync(join(oddMediaFolder, name));
/** Files with 440 Hz on the left and 880 Hz on the right, and the largest error in level. */
const toneFiles: readonly (readonly [name: string, codec: string, error: number])[] = [
  ["tones-ima.wav", "adpcm", 0.01],
  ["tones-microsoft.wav", "adpcm", 0.01],
  ["tones-ima.aifc", "adpcm", 0.01],
  ["tones-ima.mov", "adpcm", 0.01],
  ["tones-ima-wave.mov", "adpcm", 0.01],
  ["tones-microsoft.mov", "adpcm", 0.01],
  ["tones-microsoft.caf", "adpcm", 0.01],
  ["tones-microsoft.mka", "adpcm", 0.01],
  ["tones-s24.caf", "pcm", 0.001],
  ["tones-s16.mov", "pcm", 0.001],
  ["tones-s16.w64", "pcm", 0.001],
];

it("A W64 file of a writer that could not seek ends with the file", async () => {
  const content = oddFile("tones-s16.w64");
  const data = content.indexOf("data");
  content.writeBigUInt64LE(0n, data + 16);
  expect(await readFacts(memoryBytes(content))).toMatchObject({ durationMs: 250 });
});

/** Rewrites the tables of a QuickTime file of IMA ADPCM so that they count samples instead of blocks. */
function withOldTables(file: Buffer, version: number): Buffer {
  const content = Buffer.from(file);
  const place = (box: string, offset: number) => content.indexOf(box) + offset;
  const scale = (box: string, offset: number) =>
    content.writeUInt32BE(64 * content.readUInt32BE(place(box, offset)), place(box, offset));
  content.writeUInt16BE(version, place("ima4", 12));
  content.writeInt16BE(version === 0 ? 0 : -1, place("ima4", 24));
  scale("stts", 12);
  content.writeUInt32BE(1, place("stts", 16));
  scale("stsc", 16);
  content.writeUInt32BE(1, place("stsz", 8));
  scale("stsz", 12);
  return content;
}

/** Divides the only chunk of a QuickTime file of IMA ADPCM with 32 blocks into two. */
function inTwoChunks(file: Buffer): Buffer {
  const content = Buffer.from(file);
  content.writeUInt32BE(16, content.indexOf("stsc") + 16);
  const offsets = content.indexOf("stco");
  const first = content.readUInt32BE(offsets + 12);
  content.writeUInt32BE(2, offsets + 8);
  // The table is the last box of the file, and so may become longer.
  expect(offsets + 16).toBe(content.length);
  const second = uint32(first + 16 * 68);
  for (const box of ["moov", "trak", "mdia", "minf", "stbl", "stco"]) {
    const at = content.indexOf(box) - 4;
    content.writeUInt32BE(content.readUInt32BE(at) + 4, at);
  }
  return Buffer.concat([content, second]);
}

it.each([0, 1])(
  "IMA ADPCM in QuickTime with tables that count samples is played, version %i",
  async (version) => {
    const file = oddFile("tones-ima.mov");
    const play = async (bytes: Buffer) => {
      const stream = await openMedia(memoryBytes(bytes));
      const whole = (await decodeAll(stream)).channels;
      await stream.seek(100);
      return { whole, part: (await decodeAll(stream)).channels };
    };
    const expected = await play(file);
    expect(expected.part[0]).toHaveLength(32 * 64 - 800);
    expect(await play(withOldTables(file, version))).toEqual(expected);
    expect(await play(withOldTables(inTwoChunks(file), version))).toEqual(expected);
  },
);

describe.each(toneFiles)("%s", (name, codec, error) => {
  it("contains the tones of its channels", async () => {
    const stream = await openMedia(memoryBytes(oddFile(name)));
    expect(stream.facts).toMatchObject({ codec, sampleRate: 8_000, channels: 2, seekable: true });
    const [left, right] = (await decodeAll(stream)).channels;
    if (!left || !right) throw new Error("two channels are expected");
    expect(Math.abs(left.length - 2_000)).toBeLessThanOrEqual(codec === "pcm" ? 0 : 1_024);
    const [leftPart, rightPart] = [left.subarray(0, 1_000), right.subarray(0, 1_000)];
    expect(Math.abs(amplitude(leftPart, 440, 8_000) - 0.5)).toBeLessThan(error);
    expect(Math.abs(amplitude(rightPart, 880, 8_000) - 0.25)).toBeLessThan(error);
    expect(amplitude(leftPart, 880, 8_000)).toBeLessThan(error);
  });

  it("plays or is refused when it is damaged, without other effects", async () => {
    for (let seed = 0; seed < 200; seed++) {
      try {
        const stream = await openMedia(memoryBytes(damaged(oddFile(name), seed)));
        await stream.seek(100);
        const { channels } = await decodeAll(stream, 100_000);
        stream.close();
        for (const samples of channels) expect(samples.every(Number.isFinite)).toBe(true);
      } catch (failure) {
        expect(failure).toBeInstanceOf(TrackError);
      }
    }
  });
});
