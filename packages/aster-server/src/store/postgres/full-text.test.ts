import fc from "fast-check";
import { expect, it } from "vitest";
import { queryOf, snippetOf, vectorOf } from "./full-text.ts";

// What fast-check calls binary is the same, and takes most of a second to be made.
const anyText = fc.string({ unit: fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point)) });

it("cuts texts into words without case and accents", () => {
  expect(vectorOf("Crème brûlée, crème!")).toBe("'creme' 'brulee'");
  expect(vectorOf("日本語 テスト 5.0")).toBe("'日本語' 'テスト' '5' '0'");
  expect(vectorOf(" ,;'\\ ")).toBe("");
});

it("looks for all words, the last one as a beginning", () => {
  expect(queryOf("Two wor")).toBe("'two' & 'wor':*");
  expect(queryOf("a' | !b")).toBe("'a' & 'b':*");
  expect(queryOf(" & ")).toBeUndefined();
});

it("shows where the words were found", () => {
  expect(snippetOf("one two three", "TWO")).toBe("one **two** three");
  const long = Array.from({ length: 50 }, (_, index) => `w${index}x`).join(" ");
  const snippet = snippetOf(long, "w30x");
  expect(snippet).toMatch(/^…w22x .* \*\*w30x\*\* .* w37x…$/);
  expect(snippetOf("nothing here", "absent")).toBe("nothing here");
});

it("never fails, and marks nothing but words of the text", () => {
  fc.assert(
    fc.property(anyText, anyText, (text, words) => {
      vectorOf(text);
      queryOf(words);
      const plain = snippetOf(text, words).replaceAll("…", "").replaceAll("**", "");
      const [whole, part] = [text, plain].map((one) => one.replaceAll("…", "").replaceAll("**", ""));
      expect(whole).toContain(part);
    }),
  );
});
