import { expect, it } from "vitest";
import { de } from "./de.ts";
import { en, type Texts } from "./en.ts";
import { enDialogs } from "./en-dialogs.ts";
import { enLogin } from "./en-login.ts";
import { interpolate } from "./interpolate.ts";
import * as music from "./music-texts.ts";

const placeholdersIn = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

it("replaces each placeholder once", () => {
  expect(interpolate("{a} and {b}, {c}", { a: 1, b: "{a}" })).toBe("1 and {a}, {c}");
});

const english: Texts = { ...en, ...enDialogs, ...enLogin };

it.each(Object.keys(english) as (keyof Texts)[])("%s has the same placeholders in every language", (key) => {
  expect(placeholdersIn(de[key])).toEqual(placeholdersIn(english[key]));
});

it.each(Object.entries(music.en))(
  "%s of the music panel has the same placeholders in every language",
  (key, text) => {
    expect(placeholdersIn(music.de[key as keyof typeof music.en])).toEqual(placeholdersIn(text));
  },
);
