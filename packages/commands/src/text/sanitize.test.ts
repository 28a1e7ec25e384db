import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neutralizeMentions, quote, quoteBlock, sanitizeLine } from "./sanitize.ts";

/** Texts with markup and control characters that clients interpret, mixed with arbitrary characters. */
const markup = ["`", "```", "@", "@ann", "<", "://", "www.", "\n", "\r\n", "\u202e", "\u0000", "*", "[a](b)"];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...markup, "\u0301"), fc.string({ unit: "binary", maxLength: 5 })), {
    maxLength: 60,
  })
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

describe("mentions", () => {
  it("are inert, whoever wrote them", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(neutralizeMentions(text)).not.toMatch(/@[^\s\u200b]/);
        expect(neutralizeMentions(text).replaceAll("\u200b", "")).toBe(text.replaceAll("\u200b", ""));
      }),
    );
  });

  it("of allowed accounts are kept, of others with the same beginning not", () => {
    expect(neutralizeMentions("@Ann @anna @bob", ["ann"])).toBe("@Ann @\u200banna @\u200bbob");
    expect(neutralizeMentions("@ann: hi", ["ANN", ""])).toBe("@ann: hi");
  });
});
