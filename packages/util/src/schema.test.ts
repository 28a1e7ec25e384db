import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as v from "./schema.ts";

const user = v.object({
  name: v.string,
  age: v.optional(v.integer(0, 150)),
  tags: v.optional(v.array(v.string, 2), () => []),
  note: v.nullable(v.string),
});

/** Returns the field and the expected value of a mismatch. */
const mismatchOf = (schema: v.AnySchema, value: unknown): string => {
  const checked = schema(value);
  return checked instanceof v.Mismatch ? `${checked.field}: ${checked.expected}` : "valid";
};

describe("object", () => {
  it("fills in defaults, drops unknown keys and leaves absent ones absent", () => {
    const given = JSON.parse('{"name":"ann","note":null,"extra":1,"__proto__":{"age":5}}');
    const checked = user(given);
    expect(checked).toStrictEqual({ name: "ann", tags: [], note: null });
    expect(Object.keys(checked)).not.toContain("age");
  });

  it("makes a default for each value", () => {
    const given = { name: "ann", note: "x" };
    const [one, other] = [user(given), user(given)];
    expect(one).toEqual(other);
    expect(Reflect.get(one, "tags")).not.toBe(Reflect.get(other, "tags"));
  });

  it.each([
    [{ name: 5, note: null }, "name: string"],
    [{ note: null }, "name: string"],
    [{ name: "ann" }, "note: string"],
    [{ name: "ann", note: null, age: 151 }, "age: integer from 0 to 150"],
    [{ name: "ann", note: null, age: null }, "age: integer from 0 to 150"],
    [{ name: "ann", note: null, tags: ["a", 2] }, "tags.1: string"],
    [{ name: "ann", note: null, tags: ["a", "b", "c"] }, "tags: at most 2 elements"],
    [[], ": Object"],
    [null, ": Object"],
    ["ann", ": Object"],
  ])("rejects %j", (value, mismatch) => expect(mismatchOf(user, value)).toBe(mismatch));

  it("requires a field of any type", () => {
    expect(mismatchOf(v.object({ value: v.unknown }), {})).toBe("value: a value");
    expect(v.object({ value: v.unknown })({ value: null })).toEqual({ value: null });
  });

  it("joins the path of nested fields", () => {
    const nested = v.object({ list: v.array(v.object({ pair: v.tuple(v.string, v.boolean) })) });
    expect(mismatchOf(nested, { list: [{ pair: ["a", true] }, { pair: ["a", 1] }] })).toBe(
      "list.1.pair.1: boolean",
    );
  });
});

it.each([
  [v.integer(), 2 ** 53, false],
  [v.integer(), 2 ** 53 - 1, true],
  [v.integer(), 1.5, false],
  [v.integer(0), -1, false],
  [v.integer(), "1", false],
  [v.integer(), Number.NaN, false],
  [v.number, Number.POSITIVE_INFINITY, false],
  [v.number, 1.5, true],
  [v.numberOf(0, 1), Number.NaN, false],
  [v.numberOf(0, 1), 1, true],
  [v.numberOf(0, 1), 1.01, false],
  [v.numberOf(0, 1), -0.01, false],
  [v.stringOf(1, 3), "", false],
  [v.stringOf(1, 3), "abc", true],
  [v.stringOf(1, 3), "abcd", false],
  [v.stringOf(1, 3), [1], false],
  [v.oneOf("a", 1), 1, true],
  [v.oneOf("a", 1), "1", false],
  [v.boolean, 0, false],
  [v.array(v.string), { length: 0 }, false],
  [v.tuple(v.string), { 0: "a" }, false],
])("validates the range of a value, case %#", (schema: v.AnySchema, value, isValid) =>
  expect(mismatchOf(schema, value) === "valid").toBe(isValid),
);

describe("tuple", () => {
  it("drops further elements and accepts the absence of optional ones", () => {
    const pair = v.tuple(v.string, v.optional(v.nullable(v.integer())));
    expect(pair(["a", 1, 2])).toEqual(["a", 1]);
    expect(pair(["a"])).toEqual(["a"]);
    expect(mismatchOf(pair, [])).toBe("0: string");
  });
});

describe("record", () => {
  const counts = v.record(v.integer(), /^[a-z_]+$/);

  it("validates keys and values", () => {
    expect(counts({ a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
    expect(mismatchOf(counts, { a: 1, b: "2" })).toContain("b: integer");
    expect(mismatchOf(counts, { a: 1, B: 2 })).toBe("B: a key like /^[a-z_]+$/");
    expect(mismatchOf(counts, [1])).toBe(": Object");
  });

  it("does not change the prototype of the result", () => {
    const checked = v.record(v.unknown)(JSON.parse('{"a":1,"__proto__":{"polluted":true}}'));
    expect(checked).toEqual({ a: 1 });
    expect(Object.getPrototypeOf(checked)).toBe(Object.prototype);
  });
});

it("converts valid values, and replaces invalid ones by a fallback", () => {
  const length = v.transform(v.string, (text) => text.length);
  expect(length("abc")).toBe(3);
  expect(mismatchOf(length, 3)).toBe(": string");
  expect(v.fallback(length, 7)("abcd")).toBe(4);
  expect(v.fallback(length, 7)(null)).toBe(7);
});

it("never throws, and never repeats the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const checked = user(value);
      if (checked instanceof v.Mismatch) expect(Object.keys(checked)).toEqual(["field", "expected"]);
    }),
  );
});
