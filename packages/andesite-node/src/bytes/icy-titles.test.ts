import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interleaveTitles } from "./bytes.test-support.ts";
import { IcyTitles, parseIcyTitle } from "./icy-titles.ts";

const bytesOf = (text: string, encoding: BufferEncoding = "utf8"): Uint8Array => Buffer.from(text, encoding);

describe("titles between audio", () => {
  it("are taken out wherever the pieces are cut", () => {
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
          const heard: string[] = [];
          const filter = new IcyTitles(interval, (title) => heard.push(title));
          const out: number[] = [];
          for (let place = 0; place < stream.length; ) {
            const length = cuts.next().value ?? 1;
            for (const part of filter.filter(stream.subarray(place, place + length))) out.push(...part);
            place += length;
          }
          expect(out).toEqual([...audio]);
          const places = Math.floor(audio.length / interval);
          expect(heard).toEqual(
            all
              .slice(0, places)
              .map((title) => title.trim())
              .filter((title) => title !== ""),
          );
        },
      ),
    );
  });

  it("never break on nonsense, and never give back more than came", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.integer({ min: 1, max: 100 }),
        (bytes, interval) => {
          const filter = new IcyTitles(interval, (title) =>
            expect(title.length).toBeLessThanOrEqual(255 * 16),
          );
          const parts = filter.filter(bytes);
          expect(parts.reduce((sum, part) => sum + part.length, 0)).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });

  it.each([
    ["StreamTitle='Somebody - Something';StreamUrl='http://x';\0\0\0", "Somebody - Something"],
    ["StreamTitle='It's a song';StreamUrl='';", "It's a song"],
    ["StreamTitle='No semicolon'\0\0", "No semicolon"],
    ["StreamTitle='';StreamUrl='';", null],
    ["StreamTitle='   ';", null],
    ["StreamUrl='only';", null],
    ["StreamTitle='never ends", null],
    ["\0\0\0\0", null],
    ["", null],
  ])("%j says %j", (text, title) => {
    expect(parseIcyTitle(bytesOf(text))).toBe(title);
  });

  it("are UTF-8, or Latin 1 where they cannot be", () => {
    expect(parseIcyTitle(bytesOf("StreamTitle='Motörhead – 愛';"))).toBe("Motörhead – 愛");
    expect(parseIcyTitle(bytesOf("StreamTitle='Motörhead';", "latin1"))).toBe("Motörhead");
  });
});
