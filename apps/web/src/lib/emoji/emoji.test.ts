import { expect, it } from "vitest";
import { englishEmoji, findEmoji } from "./emoji.ts";
import { germanEmoji } from "./emoji-de.ts";

const charactersOf = (list: typeof englishEmoji) => list.map(({ character }) => character);

it("lists each emoji once with a name", () => {
  expect(new Set(charactersOf(englishEmoji)).size).toBe(englishEmoji.length);
  for (const { character, words } of englishEmoji) {
    expect(character).toMatch(/\p{Extended_Pictographic}/u);
    expect(words).toMatch(/^[a-z]/);
  }
});

it("has the same emoji in every language", () => {
  expect(charactersOf(germanEmoji)).toEqual(charactersOf(englishEmoji));
  for (const { words } of germanEmoji) expect(words).toMatch(/^[a-zäöü]/);
});

it("finds emoji by keyword", () => {
  expect(charactersOf(findEmoji(englishEmoji, "guit"))).toEqual(["🎸"]);
  expect(charactersOf(findEmoji(germanEmoji, "Gitar"))).toEqual(["🎸"]);
  expect(findEmoji(englishEmoji, " ")).toBe(englishEmoji);
  expect(findEmoji(englishEmoji, "xyz")).toEqual([]);
});
