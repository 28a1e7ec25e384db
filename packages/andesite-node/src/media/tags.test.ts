import { describe, expect, test } from "vitest";
import { readArtwork } from "./artwork.ts";
import { mediaFile, randomBytes } from "./fixtures.ts";
import { pageChecksum } from "./ogg/page.ts";
import { readFacts } from "./open-media.ts";
import { readComments } from "./tags/vorbis-comment.ts";

const picture = Uint8Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256);
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const u32be = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const u32le = (value: number): Buffer => u32be(value).reverse();
const syncSafe = (value: number): Buffer =>
  Buffer.from([value >> 21, value >> 14, value >> 7, value].map((part) => part & 0x7f));

/** A tag of ID3v2. */
function id3(
  version: 2 | 3 | 4,
  frames: readonly (readonly [name: string, body: Buffer])[],
  flags = 0,
): Buffer {
  const bodies = frames.map(([name, body]) => {
    const size =
      version === 2
        ? u32be(body.length).subarray(1)
        : version === 3
          ? u32be(body.length)
          : syncSafe(body.length);
    return Buffer.concat([latin1(name), size, Buffer.alloc(version === 2 ? 0 : 2), body]);
  });
  let content = Buffer.concat(bodies);
  if (flags & 0x80) content = Buffer.from(content.toString("latin1").replaceAll("\xff", "\xff\0"), "latin1");
  return Buffer.concat([latin1("ID3"), Buffer.from([version, 0, flags]), syncSafe(content.length), content]);
}

/** An mp3 without a tag of its own. */
const frames = (): Uint8Array => {
  const bytes = mediaFile("tones.mp3");
  return bytes.subarray(10 + (bytes[8] ?? 0) * 128 + (bytes[9] ?? 0));
};
const utf16 = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
const facts = (tag: Buffer) => readFacts(randomBytes(Buffer.concat([tag, frames()])));

describe("ID3", () => {
  test("2.2 has names of three letters", async () => {
    const tag = id3(2, [
      ["TT2", latin1("\0Caf\xe9")],
      ["TP1", latin1("\0Band")],
      ["PIC", Buffer.concat([latin1("\0PNG\x03cover\0"), picture])],
    ]);
    expect(await facts(tag)).toMatchObject({
      title: "Café",
      author: "Band",
      album: null,
      durationMs: 3_000,
      hasPicture: true,
    });
    expect(await readArtwork(randomBytes(Buffer.concat([tag, frames()])))).toEqual({
      mimeType: "image/png",
      data: picture,
    });
  });

  test("2.3 has UTF-16, words and free fields", async () => {
    const wide = Buffer.concat([Buffer.from([1]), utf16("Привет")]);
    const words = Buffer.concat([Buffer.from([1]), latin1("eng"), utf16("about\0"), utf16("La la\nla")]);
    const gain = latin1("\0replaygain_track_gain\0-6.50 dB");
    const tag = id3(3, [
      ["TIT2", wide],
      ["USLT", words],
      ["TSRC", latin1("\0USRC17607839")],
      ["TXXX", gain],
      ["APIC", Buffer.concat([latin1("\x01image/jpeg\0\x03"), utf16("c\0"), picture])],
    ]);
    expect(await facts(tag)).toMatchObject({
      ...{ title: "Привет", lyrics: "La la\nla", isrc: "USRC17607839", replayGainDb: -6.5 },
    });
    expect(await readArtwork(randomBytes(tag))).toEqual({ mimeType: "image/jpeg", data: picture });
  });

  test("2.3 made safe against false frames is read as it was", async () => {
    const tag = id3(3, [["TIT2", latin1("\0\xff\xfe\xff")]], 0x80);
    expect(await facts(tag)).toMatchObject({ title: "ÿþÿ" });
  });

  test("2.4 has UTF-8 and several values", async () => {
    const tag = id3(4, [
      ["TPE1", Buffer.concat([Buffer.from([3]), Buffer.from("Ä\0B")])],
      ["TALB", Buffer.concat([Buffer.from([3]), Buffer.from("日本")])],
    ]);
    expect(await facts(tag)).toMatchObject({ author: "Ä, B", album: "日本" });
  });

  test("1 stands at the end", async () => {
    const old = Buffer.alloc(128);
    old.write("TAG", 0, "latin1");
    old.write("Old title", 3, "latin1");
    old.write("Old artist", 33, "latin1");
    const content = Buffer.concat([frames(), old]);
    expect(await readFacts(randomBytes(content))).toMatchObject({ title: "Old title", author: "Old artist" });
  });

  test("a picture in front is jumped over, not read", async () => {
    const tag = id3(4, [["APIC", Buffer.concat([latin1("\0image/jpeg\0\x03\0"), Buffer.alloc(5_000_000)])]]);
    const source = randomBytes(Buffer.concat([tag, frames()]));
    expect(await readFacts(source)).toMatchObject({ container: "mp3", durationMs: 3_000, hasPicture: true });
    expect(source.bytesRead).toBeLessThan(200_000);
    const again = randomBytes(Buffer.concat([tag, frames()]));
    expect(await readArtwork(again, { limits: { maxArtworkBytes: 1_000_000 } })).toBeUndefined();
    expect(again.closed).toBe(1);
  });
});

/** A picture as FLAC writes it. */
const flacPicture = Buffer.concat([
  ...[u32be(3), u32be(9), latin1("image/png"), u32be(0), Buffer.alloc(16), u32be(picture.length), picture],
]);
const comments = (...fields: readonly string[]): Buffer =>
  Buffer.concat([
    ...[u32le(0), u32le(fields.length)],
    ...fields.flatMap((field) => [u32le(Buffer.byteLength(field)), Buffer.from(field)]),
  ]);

test("FLAC has comments and pictures in blocks", async () => {
  const file = mediaFile("tones.flac");
  const block = (type: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type]), u32be(body.length).subarray(1), body]);
  const content = Buffer.concat([
    file.subarray(0, 42),
    block(6, flacPicture),
    block(4, comments("title=A=B", "Artist=One", "ARTIST=Two", "REPLAYGAIN_TRACK_GAIN=+3.2 dB", "broken")),
    file.subarray(42),
  ]);
  expect(await readFacts(randomBytes(content))).toMatchObject({ durationMs: 3_000, hasPicture: true });
  expect(await readArtwork(randomBytes(content))).toEqual({ mimeType: "image/png", data: picture });
  const tagged = Buffer.concat([
    content.subarray(0, 42),
    block(0x84, comments("title=A=B", "ARTIST=1", "ARTIST=2")),
  ]);
  expect(await readFacts(randomBytes(tagged))).toMatchObject({ title: "A=B", author: "1, 2" });
});

test("Opus has R128 gains and pictures among its comments", async () => {
  const head = Buffer.concat([
    latin1("OpusHead\x01\x02"),
    Buffer.from([0x38, 1]),
    u32le(48_000),
    Buffer.alloc(3),
  ]);
  const tags = Buffer.concat([
    latin1("OpusTags"),
    comments(
      "R128_TRACK_GAIN=-1280",
      `METADATA_BLOCK_PICTURE=${flacPicture.toString("base64")}`,
      "TITLE=Last",
    ),
  ]);
  const page = (packet: Buffer, flags: number, sequence: number, granule = 0): Buffer => {
    const lacing = Buffer.alloc(Math.floor(packet.length / 255) + 1, 255);
    lacing[lacing.length - 1] = packet.length % 255;
    const header = Buffer.concat([
      ...[
        latin1("OggS\0"),
        Buffer.from([flags]),
        u32le(granule),
        u32le(0),
        u32le(9),
        u32le(sequence),
        u32le(0),
      ],
      ...[Buffer.from([lacing.length]), lacing, packet],
    ]);
    header.writeUInt32LE(pageChecksum(header), 22);
    return header;
  };
  const content = Buffer.concat([
    page(head, 2, 0),
    page(tags, 0, 1),
    page(Buffer.from([0xfc, 0xff, 0xfe]), 4, 2, 960),
  ]);
  expect(await readFacts(randomBytes(content))).toMatchObject({
    title: "Last",
    replayGainDb: 0,
    durationMs: 14,
    hasPicture: true,
  });
  expect(await readArtwork(randomBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

test("comments tell of a picture that is too long for them, and keep what stands before and behind it", () => {
  const long = `metadata_block_picture=${"A".repeat(5_000)}`;
  const bytes = comments("TITLE=a", long, "ALBUM=b");
  const all = [
    ["TITLE", "a"],
    ["METADATA_BLOCK_PICTURE", ""],
    ["ALBUM", "b"],
  ];
  expect([...readComments(bytes, 0, 1_000)]).toEqual(all);
  expect([...readComments(bytes.subarray(0, 4_000), 0, 1_000)]).toEqual(all.slice(0, 2));
  expect([...readComments(bytes.subarray(0, 4_000), 0, 100_000)]).toEqual(all.slice(0, 2));
});

test("MP4 has a cover among its tags", async () => {
  const file = Buffer.from(mediaFile("tones.m4a"));
  const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u32be(body.length + 8), latin1(type), body]);
  };
  const cover = box("covr", box("data", u32be(14), u32be(0), Buffer.from(picture)));
  const list = box("ilst", cover, box("\u00a9nam", box("data", u32be(1), u32be(0), Buffer.from("Näme"))));
  const udta = box("udta", box("meta", u32be(0), list));
  const at = file.indexOf("moov") - 4;
  const moov = file.subarray(at, at + file.readUInt32BE(at));
  const inside = moov.subarray(8, moov.lastIndexOf("udta") - 4);
  const content = Buffer.concat([file.subarray(0, at), box("moov", inside, udta)]);
  expect(await readFacts(randomBytes(content))).toMatchObject({
    title: "Näme",
    durationMs: 3_000,
    hasPicture: true,
  });
  expect(await readArtwork(randomBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

test("Matroska has a picture among its attachments", async () => {
  const file = Buffer.from(mediaFile("tones-opus.webm"));
  const element = (id: readonly number[], body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([...id, 0x08, ...u32be(body.length).subarray(0)].map(Number)), body]);
  // A length of five bytes begins with 0x08.
  const attached = element(
    [0x19, 0x41, 0xa4, 0x69],
    element(
      [0x61, 0xa7],
      Buffer.concat([
        element([0x46, 0x60], latin1("image/png")),
        element([0x46, 0x5c], Buffer.from(picture)),
      ]),
    ),
  );
  const cluster = file.indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
  const content = Buffer.concat([file.subarray(0, cluster), attached, file.subarray(cluster)]);
  expect(await readFacts(randomBytes(content))).toMatchObject({ hasPicture: true });
  expect(await readArtwork(randomBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

test.each(["tones.mp3", "tones.flac", "tones.opus", "tones.wav", "tones.m4a", "tones-opus.webm"] as const)(
  "%s has no picture",
  async (name) => {
    expect(await readFacts(randomBytes(mediaFile(name)))).toMatchObject({ hasPicture: false });
    expect(await readArtwork(randomBytes(mediaFile(name)))).toBeUndefined();
  },
);
