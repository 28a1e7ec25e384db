import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockText, counted, plain, quoted, quotedBlock, readClock } from "./sanitize.ts";

/** Texts of everything that could mean something to a client, and of any other characters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "`",
        "```",
        "@",
        "<",
        "://",
        "www.",
        "\n",
        "\r\n",
        "\u202e",
        "\u0000",
        "*",
        "[a](b)",
        "\u0301",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

describe("a stranger's text", () => {
  it("becomes one line of a bounded length, without what cannot be seen", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, most) => {
        const line = plain(text, most);
        expect(Array.from(line).length).toBeLessThanOrEqual(most);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\n\r]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(plain(line, most)).toBe(line);
      }),
    );
  });

  it("cannot leave its quotes, mention anybody or be followed", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const quote = quoted(text);
        expect(quote).toMatch(/^(?:`[^`\n]+`|\(no name\))$/);
        expect(quote).not.toMatch(/@\w|<[@:!a-z]|:\/\/|www\./i);
        const block = quotedBlock(text, 500);
        expect(block.length).toBeLessThan(1_100);
        expect(block).toMatch(/^```\n[^`]*\n?```$/);
      }),
    );
  });

  it("cannot be followed where an address begins behind other letters", () => {
    expect(quoted("0www.example.org")).not.toContain("www.");
  });

  it("is looked at only as far as it is shown", () => {
    expect(quoted("x".repeat(10_000_000)).length).toBeLessThan(110);
    expect(quotedBlock("line\n".repeat(1_000_000), 100)).toMatch(/…\n```$/);
  });

  it("stays what it is where it is harmless", () => {
    expect(quoted("Für Elise (Live) – 1810 \u{1f3b9}")).toBe("`Für Elise (Live) – 1810 \u{1f3b9}`");
    expect(quoted(" a \t b ")).toBe("`a b`");
  });
});

describe("times", () => {
  it.each([
    [0, "0:00"],
    [187_999, "3:07"],
    [3_723_000, "1:02:03"],
    [null, "live"],
  ])("%s ms is %s", (ms, text) => {
    expect(clockText(ms)).toBe(text);
  });

  it.each([
    ["90", 90_000, false],
    ["1:30", 90_000, false],
    ["1:02:03", 3_723_000, false],
    ["+10", 10_000, true],
    ["-1:00", -60_000, true],
  ])("%s is read", (text, ms, isRelative) => {
    expect(readClock(text)).toEqual({ ms, isRelative });
  });

  it.each(["", "soon", "1:2:3:4", "1.5", "--1", "1:", "9999999"])("%j is not", (text) => {
    expect(readClock(text)).toBeNull();
  });
});

it("counts", () => {
  expect([counted(0, "track"), counted(1, "track"), counted(2, "track")]).toEqual([
    "0 tracks",
    "1 track",
    "2 tracks",
  ]);
});
