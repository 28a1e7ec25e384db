import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interleaveTitles } from "./bytes.test-support.ts";
import { IcyTitleFilter, parseIcyTitle } from "./icy-titles.ts";

const bytesOf = (text: string, encoding: BufferEncoding = "utf8"): Uint8Array => Buffer.from(text, encoding);

describe("IcyTitleFilter", () => {
  it("removes titles wherever the pieces are cut", () => {
    const titles = fc.array(
      fc.string({ unit: "grapheme", maxLength: 60 }).filter((title) => !/['\0]/.test(title)),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        titles,
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (audio, interval, all, cuts) => {
          const stream = interleaveTitles(audio, interval, all);
          const titlesSeen: string[] = [];
          const filter = new IcyTitleFilter(interval, (title) => titlesSeen.push(title));
          const out: number[] = [];
          for (let offset = 0; offset < stream.length; ) {
            const length = cuts.next().value ?? 1;
            for (const part of filter.filter(stream.subarray(offset, offset + length))) out.push(...part);
            offset += length;
          }
          expect(out).toEqual([...audio]);
          const titleCount = Math.floor(audio.length / interval);
          expect(titlesSeen).toEqual(
            all
              .slice(0, titleCount)
              .map((title) => title.trim())
              .filter((title) => title !== ""),
          );
        },
      ),
    );
  });

  it("accepts arbitrary bytes, and never returns more than it received", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.integer({ min: 1, max: 100 }),
        (bytes, interval) => {
          const filter = new IcyTitleFilter(interval, (title) =>
            expect(title.length).toBeLessThanOrEqual(255 * 16),
          );
          const parts = filter.filter(bytes);
          expect(parts.reduce((sum, part) => sum + part.length, 0)).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });

  it.each([
    ["StreamTitle='Artist - Title';StreamUrl='http://x';\0\0\0", "Artist - Title"],
    ["StreamTitle='It's a song';StreamUrl='';", "It's a song"],
    ["StreamTitle='No semicolon'\0\0", "No semicolon"],
    ["StreamTitle='';StreamUrl='';", null],
    ["StreamTitle='   ';", null],
    ["StreamUrl='only';", null],
    ["StreamTitle='never ends", null],
    ["\0\0\0\0", null],
    ["", null],
  ])("parses %j as %j", (text, title) => {
    expect(parseIcyTitle(bytesOf(text))).toBe(title);
  });

  const announce = (...title: number[]): Buffer =>
    Buffer.concat([bytesOf("StreamTitle='"), Buffer.from(title), bytesOf("';StreamUrl='';")]);

  it.each([
    ["UTF-8", [...bytesOf("Motörhead – 愛")], "Motörhead – 愛"],
    ["Latin-1", [...bytesOf("Motörhead - Ace of Spades", "latin1")], "Motörhead - Ace of Spades"],
    // "Кино - Группа крови"
    [
      "cp1251",
      [
        ...[0xca, 0xe8, 0xed, 0xee, 0x20, 0x2d, 0x20, 0xc3, 0xf0, 0xf3, 0xef, 0xef, 0xe0, 0x20],
        ...[0xea, 0xf0, 0xee, 0xe2, 0xe8],
      ],
      "Кино - Группа крови",
    ],
    // "宇多田ヒカル"
    ["Shift-JIS", [0x89, 0x46, 0x91, 0xbd, 0x93, 0x63, 0x83, 0x71, 0x83, 0x4a, 0x83, 0x8b], "宇多田ヒカル"],
  ])("decodes titles in %s", (_encoding, bytes, title) => {
    expect(parseIcyTitle(announce(...bytes))).toBe(title);
  });

  it("decodes a short title like those before it", () => {
    const titles: string[] = [];
    const filter = new IcyTitleFilter(1, (title) => titles.push(title));
    const send = (text: Buffer): void => {
      const padded = Buffer.concat([text, Buffer.alloc(16)]).subarray(0, 16 * Math.ceil(text.length / 16));
      filter.filter(Buffer.concat([Buffer.from([0, padded.length / 16]), padded]));
    };
    // "Ария - Штиль", then "Би-2", whose letters alone could be Western; UTF-8 in between.
    send(announce(0xc0, 0xf0, 0xe8, 0xff, 0x20, 0x2d, 0x20, 0xd8, 0xf2, 0xe8, 0xeb, 0xfc));
    send(announce(...bytesOf("Réclame")));
    send(announce(0xc1, 0xe8, 0x2d, 0x32));
    expect(titles).toEqual(["Ария - Штиль", "Réclame", "Би-2"]);
  });
});
