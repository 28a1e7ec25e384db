import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseSeekTime, pluralize, quote, quoteBlock, sanitizeLine } from "./sanitize.ts";

/** Texts with markup and control characters that clients interpret, mixed with arbitrary characters. */
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

describe("untrusted text", () => {
  it("becomes one line of bounded length without invisible characters", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, maxLength) => {
        const line = sanitizeLine(text, maxLength);
        expect(Array.from(line).length).toBeLessThanOrEqual(maxLength);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\n\r]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(sanitizeLine(line, maxLength)).toBe(line);
      }),
    );
  });

  it("cannot leave its quotes, mention a user or form a link", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const code = quote(text);
        expect(code).toMatch(/^(?:`[^`\n]+`|\(no name\))$/);
        expect(code).not.toMatch(/@\w|<[@:!a-z]|:\/\/|www\./i);
        const block = quoteBlock(text, 500);
        expect(block.length).toBeLessThan(1_100);
        expect(block).toMatch(/^```\n[^`]*\n?```$/);
      }),
    );
  });

  it("cannot form a link where a domain follows other letters", () => {
    expect(quote("0www.example.org")).not.toContain("www.");
  });

  it("is processed only up to the displayed length", () => {
    expect(quote("x".repeat(10_000_000)).length).toBeLessThan(110);
    expect(quoteBlock("line\n".repeat(1_000_000), 100)).toMatch(/…\n```$/);
  });

  it("stays unchanged when it is harmless", () => {
    expect(quote("Für Elise (Live) – 1810 \u{1f3b9}")).toBe("`Für Elise (Live) – 1810 \u{1f3b9}`");
    expect(quote(" a \t b ")).toBe("`a b`");
  });
});

describe("durations", () => {
  it.each([
    [0, "0:00"],
    [187_999, "3:07"],
    [3_723_000, "1:02:03"],
    [null, "live"],
  ])("formats %s ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ["90", 90_000, false],
    ["1:30", 90_000, false],
    ["1:02:03", 3_723_000, false],
    ["+10", 10_000, true],
    ["-1:00", -60_000, true],
  ])("parses %s", (text, ms, isRelative) => {
    expect(parseSeekTime(text)).toEqual({ ms, isRelative });
  });

  it.each(["", "soon", "1:2:3:4", "1.5", "--1", "1:", "9999999"])("rejects %j", (text) => {
    expect(parseSeekTime(text)).toBeUndefined();
  });
});

it("adds a plural s to counts other than 1", () => {
  expect([pluralize(0, "track"), pluralize(1, "track"), pluralize(2, "track")]).toEqual([
    "0 tracks",
    "1 track",
    "2 tracks",
  ]);
});
