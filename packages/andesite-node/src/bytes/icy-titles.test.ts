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

  it("decodes titles as UTF-8, or as Latin 1 if they are not valid UTF-8", () => {
    expect(parseIcyTitle(bytesOf("StreamTitle='Motörhead – 愛';"))).toBe("Motörhead – 愛");
    expect(parseIcyTitle(bytesOf("StreamTitle='Motörhead';", "latin1"))).toBe("Motörhead");
  });
});
