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
