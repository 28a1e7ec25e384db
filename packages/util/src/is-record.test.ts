import { expect, it } from "vitest";
import { isRecord } from "./is-record.ts";

it.each([
  [{}, true],
  [{ a: 1 }, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  [undefined, false],
  ["text", false],
  [() => {}, false],
])("%o", (value, expected) => {
  expect(isRecord(value)).toBe(expected);
});
