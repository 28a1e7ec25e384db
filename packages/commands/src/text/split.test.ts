import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentLimit, splitText } from "./split.ts";

describe("splitText", () => {
  it.each([
    ["one two", 20, ["one two"]],
    ["first line\nsecond", 12, ["first line", "second"]],
    ["some words here", 10, ["some words", "here"]],
    ["x".repeat(7), 3, ["xxx", "xxx", "x"]],
    ["ab😀", 3, ["ab", "😀"]],
    ["", 5, []],
    ["a\n\n\n\n\n\n\nb", 3, ["a\n\n", "b"]],
  ])("splits %j at %i", (text, limit, parts) => {
    expect(splitText(text, limit, 10)).toEqual(parts);
  });

  it("refuses texts that need more parts, and accepts as many as allowed", () => {
    expect(splitText("x".repeat(30), 10, 3)).toHaveLength(3);
    expect(() => splitText("x".repeat(31), 10, 3)).toThrow(
      expect.objectContaining({
        code: "TEXT_TOO_LONG",
        message: expect.stringContaining("3 messages of 10"),
      }),
    );
  });

  it("loses nothing but line breaks and blank parts, and never exceeds the limit", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 200 }),
        fc.integer({ min: 2, max: 30 }),
        (text, limit) => {
          const parts = splitText(text, limit, 1_000);
          for (const part of parts) {
            expect(part.length).toBeLessThanOrEqual(limit);
            expect(part.trim()).not.toBe("");
            expect(part.isWellFormed()).toBe(text.isWellFormed() || part.isWellFormed());
          }
          expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
        },
      ),
    );
  });

  it("continues code blocks in the next part", () => {
    const line = "la ".repeat(20).trim();
    expect(splitText(`Words:\n\`\`\`\n${line}\n${line}\n\`\`\` end`, 100, 5)).toEqual([
      `Words:\n\`\`\`\n${line}\n\`\`\``,
      `\`\`\`\n${line}\n\`\`\` end`,
    ]);
    // The block ends where the text is split.
    expect(splitText(`\`\`\`\n${"x".repeat(88)}\n\`\`\`\nend of the text`, 100, 5)).toEqual([
      `\`\`\`\n${"x".repeat(88)}\n\`\`\``,
      "end of the text",
    ]);
    const pieces = fc.array(fc.constantFrom("```", "\n", "word ", "x".repeat(30)), { maxLength: 60 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 100, max: 120 }), (all, limit) => {
        for (const part of splitText(all.join(""), limit, 1_000)) {
          expect(part.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("rejects limits that could not make progress", () => {
    expect(() => splitText("text", 1, 5)).toThrow("limit is 1; allowed: an integer from 2");
  });
});

it("takes the limit that the server announced", () => {
  expect(contentLimit({ limits: { content: 500 } })).toBe(500);
  expect(contentLimit({ limits: {} })).toBe(2_000);
});
