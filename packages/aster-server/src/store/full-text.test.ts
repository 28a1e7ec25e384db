import fc from "fast-check";
import { expect, it } from "vitest";
import { createSnippet, separateUnspaced, toTsQuery, toTsVector } from "./full-text.ts";

// `unit: "binary"` generates the same strings but takes most of a second to initialize.
const anyText = fc.string({ unit: fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point)) });

it("splits texts into words, ignoring case and accents", () => {
  expect(toTsVector("Crème brûlée, crème!")).toBe("'creme' 'brulee'");
  expect(toTsVector("日本 a語b 5.0")).toBe("'日' '本' '日本' 'a' '語' 'b' '5' '0'");
  expect(toTsVector(" ,;'\\ ")).toBe("");
});

it("requires all words, the last one as a prefix", () => {
  expect(toTsQuery("Two wor")).toBe("'two' & 'wor':*");
  expect(toTsQuery("a' | !b")).toBe("'a' & 'b':*");
  expect(toTsQuery(" & ")).toBeUndefined();
});

it("finds sequences of characters in scripts without spaces", () => {
  expect(toTsQuery("自由の")).toBe("'自由' & '由の' & '自' & '由' & 'の':*");
  expect(toTsVector("한국말")).toBe(toTsVector("한국말".normalize("NFD")));
  expect(separateUnspaced("私はabcと")).toBe(" 私  は abc と ");
  expect(createSnippet("人人享有权利与自由", "权利")).toBe("人人享有**权利**与自由");
  expect(createSnippet("権 利 権利", "権利")).toBe("権 利 **権利**");
});

it("encloses matches in the snippet", () => {
  expect(createSnippet("one two three", "TWO")).toBe("one **two** three");
  const long = Array.from({ length: 50 }, (_, index) => `w${index}x`).join(" ");
  const snippet = createSnippet(long, "w30x");
  expect(snippet).toMatch(/^…w22x .* \*\*w30x\*\* .* w37x…$/);
  expect(createSnippet("nothing here", "absent")).toBe("nothing here");
});

it("never throws, and inserts only marks into the text", () => {
  fc.assert(
    fc.property(anyText, anyText, (text, words) => {
      toTsVector(text);
      toTsQuery(words);
      const plain = createSnippet(text, words).replaceAll("…", "").replaceAll("**", "");
      const [whole, part] = [text, plain].map((one) => one.replaceAll("…", "").replaceAll("**", ""));
      expect(whole).toContain(part);
    }),
  );
});
