import { expect, it } from "vitest";
import { isBlank } from "./text.ts";

it.each([
  "",
  " ",
  "\t\n\r\v\f",
  "\u0085",
  "\u00a0",
  "\u1680",
  "\u2000\u200a",
  "\u2028\u2029",
  "\u202f\u205f\u3000",
])("returns true for %j", (text) => expect(isBlank(text)).toBe(true));

it.each(["a", " a ", "\ufeff", "\u200b", "\u180e", "\0"])("returns false for %j", (text) =>
  expect(isBlank(text)).toBe(false),
);
