import { expect, it } from "vitest";
import { collapseText, cutText } from "./cut-text.ts";

it("cuts between characters, not through them", () => {
  for (const character of ["👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "e\u0301"]) {
    const text = `ab${character}cd`;
    for (let length = 3; length < 2 + character.length; length++) expect(cutText(text, length)).toBe("ab");
    expect(cutText(text, 2 + character.length)).toBe(`ab${character}`);
  }
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("x".repeat(20_000), 12_000)).toHaveLength(12_000);
});

it("folds long messages by lines and characters", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, line) => `line ${line}`).join("\n");
  expect(collapseText(lines(35), 12_000)).toBe(lines(35));
  expect(collapseText(lines(36), 12_000)).toBe(lines(30));
  expect(collapseText(lines(500), 100)).toBe(lines(500).slice(0, 100));
  expect(collapseText("\n".repeat(10_000), 12_000)).toHaveLength(29);
});
