import { expect, it } from "vitest";
import { isOptionsObject, isRecord } from "./is-record.ts";

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

class Settings {
  get timeoutMs() {
    return 5;
  }
}

it.each([
  [{}, true],
  [{ a: 1 }, true],
  [Object.create(null), true],
  [new Settings(), true],
  [Object.assign(new Date(), { a: 1 }), true],
  [new AbortController(), true],
  [new Date(), false],
  [new Map([["a", 1]]), false],
  [Promise.resolve({}), false],
  [/x/, false],
  [[], false],
  [null, false],
])("%o as options", (value, expected) => {
  expect(isOptionsObject(value)).toBe(expected);
});
