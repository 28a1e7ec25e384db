import { expect, it } from "vitest";
import { findEmoji, unicodeEmoji } from "./emoji.ts";

it("each emoji is there once and has a name", () => {
  expect(new Set(unicodeEmoji.map(({ character }) => character)).size).toBe(unicodeEmoji.length);
  for (const { character, words } of unicodeEmoji) {
    expect(character).toMatch(/\p{Extended_Pictographic}/u);
    expect(words).toMatch(/^[a-z]/);
  }
});

it("words find emoji", () => {
  expect(findEmoji("guit").map(({ character }) => character)).toEqual(["🎸"]);
  expect(findEmoji(" ")).toBe(unicodeEmoji);
  expect(findEmoji("xyz")).toEqual([]);
});
