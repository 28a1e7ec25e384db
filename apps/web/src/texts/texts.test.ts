import { expect, it } from "vitest";
import { de } from "./de.ts";
import { en, type Texts } from "./en.ts";
import { fill } from "./interpolate.ts";

const placesIn = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

it("values go to their places", () => {
  expect(fill("{a} and {b}, {c}", { a: 1, b: "{a}" })).toBe("1 and {a}, {c}");
});

it.each(Object.keys(en) as (keyof Texts)[])("%s has the same places in every language", (key) => {
  expect(placesIn(de[key])).toEqual(placesIn(en[key]));
});
