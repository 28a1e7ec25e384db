import fc from "fast-check";
import { expect, it } from "vitest";
import { cleanName, hueOf, initials } from "./clean-name.ts";
import { mentionAt, mentions, possibleNames } from "./mentions.ts";

it.each([
  ["ann", "ann"],
  ["  Ann  Lee ", "Ann  Lee"],
  ["ann\u202Egpj.exe", "anngpj.exe"],
  ["a\u200Bnn\n", "ann"],
  ["\u2067\u200F", "…"],
  [`a${"\u0301".repeat(50)}`, `a${"\u0301".repeat(3)}`],
  ["x".repeat(70), `${"x".repeat(64)}…`],
])("sanitizes the name %j to %j", (name, shown) => {
  expect(cleanName(name)).toBe(shown);
});

it("keeps any name on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      const shown = cleanName(name);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(shown.length).toBeGreaterThan(0);
      expect([...initials(name)].length).toBeGreaterThan(0);
      expect(hueOf(name)).toBeLessThan(360);
    }),
  );
});

it.each([
  ["hi @ann!", "ann", true],
  ["@ANN", "ann", true],
  ["@anna", "ann", false],
  ["mail@ann", "ann", false],
  ["你好@ann，", "ann", true],
  ["@a.b(c)", "a.b(c)", true],
  ["ann", "ann", false],
  ["@", "", false],
])("finds in %j a mention of %j: %j", (text, name, expected) => {
  expect(mentions(text, name)).toBe(expected);
});

it("finds the names with which a text after @ can begin", () => {
  expect(possibleNames("ann")).toEqual(["ann"]);
  expect(possibleNames("ann's")).toEqual(["ann's", "ann"]);
  expect(possibleNames("李雷，你好")).toEqual(["李雷，你好", "李雷"]);
  expect(possibleNames("a.b-c")).toEqual(["a.b-c", "a.b", "a"]);
  expect(possibleNames(".a")).toEqual([".a"]);
});

it("finds the mention being typed", () => {
  expect(mentionAt("hello @an", 9)).toEqual({ from: 6, typed: "an" });
  expect(mentionAt("@", 1)).toEqual({ from: 0, typed: "" });
  expect(mentionAt("a@b", 3)).toBeUndefined();
  expect(mentionAt("你好@b", 4)).toEqual({ from: 2, typed: "b" });
  expect(mentionAt("hello @an there", 15)).toBeUndefined();
});
