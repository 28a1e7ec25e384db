import { expect, it } from "vitest";
import { uuidOf } from "./references.ts";

it("returns the uuid of an object or a number", () => {
  expect([uuidOf("user", 5), uuidOf("user", { uuid: 7 }), uuidOf("user", 2 ** 53 - 1)]).toEqual([
    5,
    7,
    2 ** 53 - 1,
  ]);
});

it.each([
  [undefined],
  [null],
  ["5"],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [{}],
  [{ uuid: "5" }],
  [() => {}],
])("rejects %j with the name of the argument", (value) => {
  expect(() => uuidOf("user", value as number)).toThrow(
    /^user is .*; allowed: a uuid, or an object with one/,
  );
});
