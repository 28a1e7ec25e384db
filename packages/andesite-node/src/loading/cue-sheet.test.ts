import { describe, expect, it } from "vitest";
import { parseCueSheet, parseEmbeddedSheet } from "./cue-sheet.ts";

const parse = (text: string) => parseCueSheet(text.split("\n"));

/** Returns start and end in CD frames, which are whole numbers. */
const framesOf = (text: string) =>
  parse(text).entries.map(({ part }) =>
    [part?.startSeconds ?? null, part?.endSeconds ?? null].map((seconds) => seconds && seconds * 75),
  );

describe("parseCueSheet", () => {
  it("divides a file at the first indexes, with the tags of the sheet", () => {
    const sheet = parse(`REM GENRE Jazz
REM DISCNUMBER 2
CATALOG 0000000000000
PERFORMER "The Band"
TITLE "Live "at" home"
FILE "live.flac" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    FLAGS DCP
    ISRC ABCDE1234567
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Two"
    PERFORMER "A Guest"
    INDEX 00 03:58:37
    INDEX 01 04:00:38
    INDEX 02 04:30:00
  TRACK 03 AUDIO
    PREGAP 00:02:00
    INDEX 01 100:00:74
    POSTGAP 00:02:00`);
    const [target, album] = ["live.flac", 'Live "at" home'];
    const [two, three] = [240 + 38 / 75, 6_000 + 74 / 75];
    expect(sheet).toEqual({
      title: album,
      entries: [
        [0, two, "One", "The Band", "ABCDE1234567"],
        [two, three, "Two", "A Guest", null],
        [three, null, "Track 3", "The Band", null],
      ].map(([startSeconds, endSeconds, title, author, isrc], index) => ({
        target,
        title: null,
        part: { number: index + 1, disc: 2, startSeconds, endSeconds, title, author, isrc, album },
      })),
    });
  });

  it("takes files of single tracks whole, also where the gap is at the end of the file before", () => {
    expect(
      parse(`FILE "01 one.wav" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Two"
    INDEX 00 04:12:33
FILE "02 two.wav" WAVE
    INDEX 01 00:00:00
  TRACK 03 AUDIO
    TITLE "Three"
    INDEX 00 02:00:00
FILE three.flac FLAC
    INDEX 01 00:00:00`).entries,
    ).toEqual([
      { target: "01 one.wav", title: "One" },
      { target: "02 two.wav", title: "Two" },
      { target: "three.flac", title: "Three" },
    ]);
  });

  it("takes files whole whose tracks have no index", () => {
    const { entries } = parse(`FILE two.flac WAVE\n  TRACK 02 AUDIO\n    TITLE "Two"\n  TRACK 03 AUDIO`);
    expect(entries).toEqual([{ target: "two.flac", title: null }]);
  });

  it.each([
    ["FILE my album.flac WAVE", "my album.flac"],
    ["FILE my album.flac", "my album.flac"],
    ['FILE "my album.flac', "my album.flac"],
    ['FILE "my album.flac" NONSENSE', "my album.flac"],
    ["file album.flac wave", "album.flac"],
    ['\t FILE\t"my album.flac"\tWAVE', "my album.flac"],
  ])("reads the name in %j", (line, name) => {
    expect(parse(line).entries[0]?.target).toBe(name);
  });

  it("reads sheets without quotes, in lower case and without frames, as one file named twice", () => {
    const text = `title Some album
file a.wav wave
track 1 audio
title One
index 1 0:00
file a.wav wave
track 2 audio
title "Two
performer Someone"
index 01 1:30:75 `;
    expect(parse(text).title).toBe("Some album");
    expect(parse(text).entries.map(({ part }) => [part?.title, part?.author])).toEqual([
      ["One", null],
      ["Two", "Someone"],
    ]);
    expect(framesOf(text)).toEqual([
      [0, 91 * 75],
      [91 * 75, null],
    ]);
  });

  it("ends a track at the next later start, and leaves data tracks out", () => {
    const text = `FILE a.bin BINARY
TRACK 01 MODE1/2352
INDEX 01 00:00:00
TRACK 02 AUDIO
INDEX 01 00:03:00
TRACK 03 AUDIO
INDEX 01 00:01:00
TRACK 04 AUDIO
INDEX 01 00:03:00
TRACK 05 AUDIO
INDEX 99 00:09:00
TRACK 06 AUDIO
INDEX 01 xx:09:00`;
    expect(framesOf(text)).toEqual([
      [225, null],
      [75, 225],
      [225, null],
    ]);
  });

  it("reads 99 tracks", () => {
    const tracks = Array.from(
      { length: 99 },
      (_, index) => `TRACK ${index + 1} AUDIO\nINDEX 01 ${index}:00:00`,
    );
    expect(framesOf(`FILE a.wav WAVE\n${tracks.join("\n")}`).length).toBe(99);
  });

  it.each([
    "",
    "FILE",
    "TRACK 01 AUDIO\nINDEX 01 00:00:00",
    'FILE "" WAVE',
    "TITLE x\nINDEX 01 0:0:0",
    "\0\uffff",
  ])("finds nothing in %j", (text) => {
    expect(parse(text).entries).toEqual([]);
  });

  it("is quick with many lines", () => {
    // Whatever takes the square of the time does not end before the test's timeout.
    const tracks = Array.from({ length: 30_000 }, (_, index) => `TRACK 1 AUDIO\nINDEX 01 ${index % 9}:0:0\n`);
    expect(parse(`FILE a WAVE\n${tracks.join("")}`).entries.length).toBe(30_000);
    expect(parse("FILE b\n".repeat(60_000)).entries.length).toBe(1);
    for (const space of [" ", "\t ", '"'])
      parse(`FILE x${space.repeat(100_000)}.\nTITLE ${space.repeat(100_000)}.\nPERFORMER`);
  });
});

it("takes the tracks of the first file of a sheet in the tags", () => {
  const tracks = "TRACK 01 AUDIO\r\nINDEX 01 00:00:00\r\nTRACK 02 AUDIO\r\nINDEX 01 00:01:00\r\n";
  const parts = parseEmbeddedSheet(`FILE "CDImage.wav" WAVE\r\n${tracks}FILE "other.wav" WAVE\r\n${tracks}`);
  expect(parts.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
    [0, 1],
    [1, null],
  ]);
  expect(parseEmbeddedSheet("FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00")).toEqual([]);
});
