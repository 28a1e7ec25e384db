import { describe, expect, it } from "vitest";
import { excerptOf } from "./excerpt.ts";
import { formatOperator, isoDay, operatorBefore, parseDay, parseSearch } from "./search-query.ts";

const marked = (text: string, words: string, length = 240) =>
  excerptOf(text, words, length)
    .map(({ text: part, isHit }) => (isHit ? `[${part}]` : part))
    .join("");

describe("search input", () => {
  it("separates operators from words", () => {
    expect(parseSearch('a from:Ann in:"two words" b HAS:link in:x')).toEqual({
      words: "a b",
      operators: [
        { word: "from", name: "from", value: "Ann" },
        { word: "in", name: "in", value: "two words" },
        { word: "HAS", name: "has", value: "link" },
        { word: "in", name: "in", value: "x" },
      ],
    });
    expect(parseSearch("https://a.b main: xfrom:ann").operators).toEqual([]);
  });

  it("round-trips names through operators and finds the one being typed", () => {
    for (const name of ["ann", "two words", "李", "a:b"]) {
      expect(parseSearch(formatOperator("von", name))).toEqual({
        words: "",
        operators: [{ word: "von", name: "from", value: name }],
      });
    }
    expect(operatorBefore("x from:an")).toEqual({ from: 2, word: "from", name: "from", typed: "an" });
    expect(operatorBefore('in:"two wo')).toEqual({ from: 0, word: "in", name: "in", typed: "two wo" });
    expect(operatorBefore('in:"two words" x')).toBeUndefined();
  });

  it("reads days that exist, in both notations", () => {
    for (const day of ["2026-01-31", "2024-02-29"]) expect(isoDay(parseDay(day) ?? 0)).toBe(day);
    expect(parseDay("31.1.2026")).toBe(parseDay("2026-01-31"));
    for (const day of ["2026-02-30", "2026-13-01", "0.1.2026", "soon", ""]) {
      expect(parseDay(day)).toBeUndefined();
    }
  });
});

describe("excerpt", () => {
  it("marks words without case and accents, and the last one as a prefix", () => {
    expect(marked("Die ÄPFEL, apfelmus und ein Apfel", "apfel")).toBe(
      "Die [ÄPFEL], [apfel]mus und ein [Apfel]",
    );
    expect(marked("one onemore two", "one t")).toBe("[one] onemore [t]wo");
    expect(marked("今日は天気", "天気")).toBe("今日は[天気]");
    expect(marked("a.b [x] $1", "(.*)")).toBe("a.b [x] $1");
  });

  it("never changes the text, wherever it begins and ends", () => {
    const text = `${"word ".repeat(60)}needle ${"ﬁ é 👨‍👩‍👧 ".repeat(60)}`;
    for (const words of ["needle", "word", "fi", "e", "none", ""]) {
      for (const length of [1, 40, 240, 10_000]) {
        const plain = excerptOf(text, words, length).map((part) => part.text);
        expect(text).toContain(plain.join("").replaceAll("…", ""));
      }
    }
    expect(marked(text, "needle", 80)).toMatch(/^… word .*\[needle\].*…$/);
  });
});
