import { expect, it } from "vitest";
import { isPlainName, normalizeName, skeletonOf } from "./names.ts";

it.each([
  ["zero-width space", "ann\u200b"],
  ["soft hyphen", "an\u00adn"],
  ["Hangul filler", "\u3164"],
  ["braille blank", "\u2800"],
  ["escape sequence", "\u001b[31mann"],
  ["C1 control", "ann\u009b"],
  ["right-to-left override", "ann\u202e"],
  ["tag", "ann\u{e0041}"],
  ["lone surrogate", "ann\ud800"],
  ["private use", "ann\ue000"],
  ["line separator", "a\u2028b"],
  ["leading space", " ann"],
  ["trailing ideographic space", "ann\u3000"],
  ["tab", "ann\tb"],
])("rejects a name with a %s", (_about, name) => {
  expect(isPlainName(name)).toBe(false);
});

it.each(["ann", "Ann Lee", "Zoë", "李雷", "Οδυσσέας", "Анна", "ann ❤\ufe0f", "نور"])(
  "accepts the name %s",
  (name) => {
    expect(isPlainName(name)).toBe(true);
  },
);

it.each([
  ["case", "ann", "ANN"],
  ["Cyrillic", "admin", "аdmin"],
  ["capital I for l", "alice", "aIice"],
  ["digits", "bot10", "botIO"],
  ["full width", "ann", "ａｎｎ"],
  ["rn for m", "modern", "rnodern"],
  ["invisible characters", "ann", "ann\ufe0f"],
  ["spaces", "ann lee", "ann\u00a0 lee"],
  ["sharp s", "STRASSE", "straße"],
  ["combining characters", "Zoe\u0308", "Zoë"],
])("gives names that differ only by %s one skeleton", (_about, name, other) => {
  expect(skeletonOf(other)).toBe(skeletonOf(name));
});

it.each([
  ["ann", "anne"],
  ["jose", "josé"],
  ["user 1", "user 11"],
  ["bob", "rob"],
])("gives %s and %s different skeletons", (name, other) => {
  expect(skeletonOf(other)).not.toBe(skeletonOf(name));
});

it("composes names", () => {
  expect(normalizeName("Zoe\u0308")).toBe("Zoë");
});
