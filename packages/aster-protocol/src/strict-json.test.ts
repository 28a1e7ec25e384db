import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxJsonDepth, parseStrictJson } from "./strict-json.ts";

const nested = (depth: number, inside = "1") => "[".repeat(depth) + inside + "]".repeat(depth);

describe("parseStrictJson", () => {
  it("agrees with JSON.parse on JSON without non-integer notation", () => {
    const tree = fc.jsonValue().filter((value) => !/\d[.eE]|-0|\\ud/i.test(JSON.stringify(value)));
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify(value);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("round-trips through JSON.stringify with any numbers", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseStrictJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it.each(["5.0", "5e0", "5E+0", "50e-1", "-0", "-0.0", "1e3", "0.0"])(
    "does not parse %s as an integer",
    (text) => {
      const read = parseStrictJson(`{"n":${text}}`) as { n: unknown };
      expect(typeof read.n).toBe("object");
      expect(Number(read.n)).toBe(Number(text));
    },
  );

  it.each(["0", "7", "-7", "9007199254740991", "1700000000"])("parses %s as an integer", (text) => {
    expect(parseStrictJson(`[0.5,${text}]`)).toEqual([0.5, Number(text)]);
  });

  it("ignores numbers in strings", () => {
    expect(parseStrictJson('{"a":"x:5.0,-0"}')).toEqual({ a: "x:5.0,-0" });
  });

  it("rejects a lone surrogate in a value or key, and accepts a pair", () => {
    expect(() => parseStrictJson('["\\ud800"]')).toThrow(SyntaxError);
    expect(() => parseStrictJson('{"\\udc00":1}')).toThrow(SyntaxError);
    expect(parseStrictJson('["\\ud83d\\ude00"]')).toEqual(["😀"]);
  });

  it(`accepts depth ${maxJsonDepth} and rejects one more, ignoring brackets in strings`, () => {
    expect(() => parseStrictJson(nested(maxJsonDepth))).not.toThrow();
    expect(() => parseStrictJson(nested(maxJsonDepth + 1))).toThrow("nested deeper");
    expect(() => parseStrictJson(nested(100_000))).toThrow("nested deeper");
    expect(() => parseStrictJson(JSON.stringify(nested(200)))).not.toThrow();
    expect(() => parseStrictJson(nested(100, JSON.stringify('\\"[[['.repeat(50))))).not.toThrow();
    expect(() => parseStrictJson(`["\\\\",${nested(maxJsonDepth)}]`)).toThrow("nested deeper");
  });

  it("keeps the last of two equal keys and does not set prototypes", () => {
    expect(parseStrictJson('{"a":1,"a":2}')).toEqual({ a: 2 });
    const read = parseStrictJson('{"__proto__":{"polluted":1}}');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});
