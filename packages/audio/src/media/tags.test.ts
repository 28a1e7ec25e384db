import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oddMediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { readArtwork } from "./artwork.ts";
import { inPieces, liveBytes, mediaFile, memoryBytes, remoteBytes, toneWav } from "./media.test-support.ts";
import { readFacts } from "./read-facts.ts";
import {
  apeTag,
  comments,
  flacBlock,
  flacWith,
  id3,
  latin1,
  picture,
  untaggedMp3,
  wavWithPicture,
  withPicture,
} from "./tags/tags.test-support.ts";
import { readComments } from "./tags/vorbis-comment.ts";

const utf16 = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
const facts = (tag: Buffer) => readFacts(memoryBytes(Buffer.concat([tag, untaggedMp3()])));

describe("ID3", () => {
  it("reads version 2.2 with three-letter names", async () => {
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
    expect(await readArtwork(memoryBytes(Buffer.concat([tag, untaggedMp3()])))).toEqual({
      mimeType: "image/png",
      data: picture,
    });
  });

  it("reads version 2.3 with UTF-16, lyrics and free-form fields", async () => {
    const wide = Buffer.concat([Buffer.from([1]), utf16("Привет")]);
    const words = Buffer.concat([Buffer.from([1]), latin1("eng"), utf16("about\0"), utf16("La la\nla")]);
    const gain = latin1("\0replaygain_track_gain\0-6.50 dB");
    const tag = id3(3, [
      ["TIT2", wide],
      ["USLT", words],
      ["TSRC", latin1("\0USRC17607839")],
      ["TRCK", latin1("\x007/12")],
      ["TPOS", latin1("\x002")],
      ["TXXX", gain],
      ["APIC", Buffer.concat([latin1("\x01image/jpeg\0\x03"), utf16("c\0"), picture])],
    ]);
    expect(await facts(tag)).toMatchObject({
      title: "Привет",
      lyrics: "La la\nla",
      isrc: "USRC17607839",
      discNumber: 2,
      trackNumber: 7,
      replayGainDb: -6.5,
    });
    expect(await readArtwork(memoryBytes(tag))).toEqual({ mimeType: "image/jpeg", data: picture });
  });

  it("reverts unsynchronisation in version 2.3", async () => {
    const tag = id3(3, [["TIT2", latin1("\0\xff\xfe\xff")]], 0x80);
    expect(await facts(tag)).toMatchObject({ title: "ÿþÿ" });
  });

  it("reads version 2.4 with UTF-8 and multiple values", async () => {
    const tag = id3(4, [
      ["TPE1", Buffer.concat([Buffer.from([3]), Buffer.from("Ä\0B")])],
      ["TALB", Buffer.concat([Buffer.from([3]), Buffer.from("日本")])],
    ]);
    expect(await facts(tag)).toMatchObject({ author: "Ä, B", album: "日本" });
  });

  it.each([
    ["id3-cp1251.mp3", { title: "Группа крови", author: "Кино" }],
    ["id3-utf8-as-latin1.mp3", { title: "Größe – naïve", author: null }],
    ["id3v24-nonsyncsafe.mp3", { title: "T".repeat(300), author: "After" }],
  ])("reads what other programs wrote: %s", async (name, expected) => {
    const content = readFileSync(join(oddMediaFolder, name));
    expect(await readFacts(memoryBytes(content))).toMatchObject(expected);
    expect(await readFacts(liveBytes(inPieces(content)))).toMatchObject(expected);
  });

  it("detects one encoding for all fields of a tag", async () => {
    const tag = id3(3, [
      ["TIT2", latin1("\0\xb0\xae")],
      ["TPE1", latin1("\0\xd6\xdc\xbd\xdc\xc2\xd7")],
      ["TALB", Buffer.concat([Buffer.from([1]), utf16("Été")])],
    ]);
    expect(await facts(tag)).toMatchObject({ title: "爱", author: "周杰伦", album: "Été" });
  });

  it.each([200, 5_000, 300_000])(
    "reads sizes with eight bits around a picture of %d bytes",
    async (bytes) => {
      const image = Buffer.alloc(bytes, 1);
      const plain = id3(3, [
        ["TIT2", Buffer.concat([Buffer.from([3]), Buffer.from("T".repeat(150))])],
        ["APIC", Buffer.concat([latin1("\0image/png\0\x03\0"), image])],
        ["TPE1", Buffer.concat([Buffer.from([3]), Buffer.from("Band")])],
      ]);
      plain[3] = 4;
      const content = Buffer.concat([plain, untaggedMp3()]);
      const expected = { title: "T".repeat(150), author: "Band", hasPicture: true, container: "mp3" };
      expect(await readFacts(memoryBytes(content))).toMatchObject(expected);
      expect(await readArtwork(memoryBytes(content))).toEqual({
        mimeType: "image/png",
        data: new Uint8Array(image),
      });
    },
  );

  it.each([150, 5_000, 300_000])(
    "reads version 2.4 with a frame of %d bytes from a server without ranges",
    async (bytes) => {
      const tag = id3(4, [
        ["TIT2", Buffer.concat([Buffer.from([3]), Buffer.from("T".repeat(150))])],
        ["APIC", Buffer.concat([latin1("\0image/png\0\x03\0"), Buffer.alloc(bytes, 1)])],
        ["TPE1", Buffer.concat([Buffer.from([3]), Buffer.from("B".repeat(200))])],
      ]);
      const expected = {
        title: "T".repeat(150),
        author: "B".repeat(200),
        hasPicture: true,
        container: "mp3",
      };
      const content = Buffer.concat([tag, untaggedMp3()]);
      expect(await readFacts(memoryBytes(content))).toMatchObject(expected);
      expect(await readFacts(liveBytes(inPieces(content)))).toMatchObject(expected);
    },
  );

  it("reads three-letter names in version 2.3", async () => {
    const tag = id3(3, [
      ["TT2\0", latin1("\0Song")],
      ["TP1 ", latin1("\0Band")],
      ["PIC\0", Buffer.concat([latin1("\0PNG\x03cover\0"), picture])],
      ["TAL\0", latin1("\0Album")],
    ]);
    expect(await facts(tag)).toMatchObject({
      title: "Song",
      author: "Band",
      album: "Album",
      hasPicture: true,
    });
    expect(await readArtwork(memoryBytes(tag))).toEqual({ mimeType: "image/png", data: picture });
  });

  it("reads version 1 at the end of the file", async () => {
    const old = Buffer.alloc(128);
    old.write("TAG", 0, "latin1");
    old.write("Old title", 3, "latin1");
    old.write("Old artist", 33, "latin1");
    const content = Buffer.concat([untaggedMp3(), old]);
    expect(await readFacts(memoryBytes(content))).toMatchObject({ title: "Old title", author: "Old artist" });
  });

  it("skips a leading picture without reading it", async () => {
    const tag = id3(4, [["APIC", Buffer.concat([latin1("\0image/jpeg\0\x03\0"), Buffer.alloc(5_000_000)])]]);
    const source = memoryBytes(Buffer.concat([tag, untaggedMp3()]));
    expect(await readFacts(source)).toMatchObject({ container: "mp3", durationMs: 3_000, hasPicture: true });
    expect(source.bytesRead).toBeLessThan(200_000);
    const again = memoryBytes(Buffer.concat([tag, untaggedMp3()]));
    expect(await readArtwork(again, { limits: { maxArtworkBytes: 1_000_000 } })).toBeUndefined();
    expect(again.closed).toBe(1);
  });
});

describe("APE tags", () => {
  const items = [
    ["Title", "Wörter"],
    ["Artist", "One\0Two"],
    ["Album", "Songs"],
    ["REPLAYGAIN_TRACK_GAIN", "-3.50 dB"],
    ["Cover Art (Front)", Buffer.concat([latin1("cover.png\0\x89"), picture])],
  ] as const;
  const whole = { title: "Wörter", author: "One, Two", album: "Songs", replayGainDb: -3.5, hasPicture: true };

  it.each(["tones.mp3", "tones.aac"] as const)("are read at the end of %s", async (name) => {
    const audio = name === "tones.mp3" ? untaggedMp3() : mediaFile(name);
    const content = Buffer.concat([audio, apeTag(items)]);
    expect(await readFacts(memoryBytes(content))).toMatchObject(whole);
    expect(await readFacts(remoteBytes(content))).toMatchObject(whole);
    const data = new Uint8Array(Buffer.concat([latin1("\x89"), picture]));
    expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data });
  });

  it("are read before a tag of version 1, and complete one in front", async () => {
    const old = Buffer.alloc(128);
    old.write("TAG", 0, "latin1");
    old.write("Short title", 3, "latin1");
    const content = Buffer.concat([id3(3, [["TIT2", latin1("\0First")]]), untaggedMp3(), apeTag(items), old]);
    expect(await readFacts(memoryBytes(content))).toMatchObject({
      ...whole,
      title: "First",
      durationMs: 3_000,
    });
    const without = Buffer.concat([untaggedMp3(), apeTag(items.slice(1)), old]);
    expect(await readFacts(memoryBytes(without))).toMatchObject({ ...whole, title: "Short title" });
  });

  it("of version 1 have a detected encoding", async () => {
    const content = Buffer.concat([untaggedMp3(), apeTag([["Artist", latin1("\xca\xe8\xed\xee")]], 1_000)]);
    expect(await readFacts(memoryBytes(content))).toMatchObject({ author: "Кино" });
  });

  it("that are damaged are ignored", async () => {
    const tag = apeTag(items);
    for (let at = 0; at < tag.length; at += at < 100 || at > tag.length - 40 ? 1 : 97) {
      const damaged = Buffer.from(tag);
      damaged[at] = 0xff;
      const content = Buffer.concat([untaggedMp3(), damaged]);
      expect(await readFacts(memoryBytes(content))).toMatchObject({ container: "mp3" });
    }
  });
});

it("completes the ID3 chunk of a WAV file by its INFO list, and detects the encoding of the list", async () => {
  const info = (name: string, text: string) => {
    const body = latin1(text);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length);
    return Buffer.concat([latin1(name), size, body, Buffer.alloc(body.length % 2)]);
  };
  const list = Buffer.concat([latin1("INFO"), info("INAM", "Other"), info("IART", "\xca\xe8\xed\xee\0")]);
  const tag = id3(3, [["TIT2", latin1("\0Song")]]);
  for (const inFront of [true, false]) {
    const chunks = [info("LIST", list.toString("latin1")), info("id3 ", tag.toString("latin1"))];
    const content = Buffer.concat([toneWav(440, 1), ...(inFront ? chunks : chunks.toReversed())]);
    expect(await readFacts(memoryBytes(content))).toMatchObject({
      title: "Song",
      author: "Кино",
      durationMs: 1_000,
    });
  }
});

it("reads comments and pictures in FLAC blocks", async () => {
  const words = comments("title=A=B", "Artist=One", "ARTIST=Two", "REPLAYGAIN_TRACK_GAIN=+3.2 dB", "broken");
  const content = flacWith(picture, { more: flacBlock(4, words) });
  expect(await readFacts(memoryBytes(content))).toMatchObject({ durationMs: 3_000, hasPicture: true });
  expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
  const tagged = Buffer.concat([
    content.subarray(0, 42),
    flacBlock(0x84, comments("title=A=B", "ARTIST=1", "ARTIST=2")),
  ]);
  expect(await readFacts(memoryBytes(tagged))).toMatchObject({ title: "A=B", author: "1, 2" });
});

it("reads R128 gains and pictures in Opus comments", async () => {
  const content = withPicture.opus();
  expect(await readFacts(memoryBytes(content))).toMatchObject({
    title: "Last",
    replayGainDb: 0,
    durationMs: 14,
    hasPicture: true,
  });
  expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

it("detects a picture that is too long, and reads the comments around it", () => {
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

it("reads a cover in MP4 tags", async () => {
  const content = withPicture.mp4();
  expect(await readFacts(memoryBytes(content))).toMatchObject({
    title: "Näme",
    durationMs: 3_000,
    hasPicture: true,
  });
  expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

it("reads a picture in Matroska attachments", async () => {
  const content = withPicture.matroska();
  expect(await readFacts(memoryBytes(content))).toMatchObject({ hasPicture: true });
  expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

it.each([
  ["behind its samples", { name: "id3 " }],
  ["in front of them", { inFront: true, name: "ID3 " }],
])("WAV has a tag with a picture %s", async (_where, options) => {
  const content = wavWithPicture(picture, mediaFile("tones.wav"), options);
  const whole = await readFacts(memoryBytes(content));
  expect(whole).toMatchObject({ container: "wav", durationMs: 1_000, hasPicture: true });
  expect(await readArtwork(memoryBytes(content))).toEqual({ mimeType: "image/png", data: picture });
});

it.each(["tones.mp3", "tones.flac", "tones.opus", "tones.wav", "tones.m4a", "tones-opus.webm"] as const)(
  "finds no picture in %s",
  async (name) => {
    expect(await readFacts(memoryBytes(mediaFile(name)))).toMatchObject({ hasPicture: false });
    expect(await readArtwork(memoryBytes(mediaFile(name)))).toBeUndefined();
  },
);
