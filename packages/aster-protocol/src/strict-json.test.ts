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

  it("finds numbers between and behind strings", () => {
    const text = '{"a":"[1.0,","b":1.0,"c":"\\\\","d":[2e0,"e",3.0 ],"f":1.5,"g":"4.0"}';
    expect(JSON.stringify(parseStrictJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    const read = parseStrictJson(text) as Record<string, unknown>;
    expect([typeof read["b"], typeof (read["d"] as unknown[])[2], typeof read["f"]]).toEqual([
      "object",
      "object",
      "number",
    ]);
  });

  it.each([
    "{ 5.0 : 1}",
    "{5.0:1}",
    "[05.0]",
    "[5.]",
    "[.0]",
    "[5.0 6.0]",
    "5.0.0",
    "[1e]",
    '["5.0',
    "[--0]",
  ])("rejects %s", (text) => expect(() => parseStrictJson(text)).toThrow(SyntaxError));

  it("accepts and rejects what JSON.parse does, with odd numbers in any place", () => {
    const piece = fc.constantFrom(
      "5.0",
      "-0",
      "1e0",
      "1.5",
      "7",
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      " ",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        let expected: string | undefined;
        try {
          expected = JSON.stringify(JSON.parse(text));
        } catch {}
        if (expected === undefined) expect(() => parseStrictJson(text)).toThrow(SyntaxError);
        else expect(JSON.stringify(parseStrictJson(text))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("limits the integers in non-integer notation, but no other numbers", () => {
    const list = (item: string, count: number) => `[${`${item},`.repeat(count)}1]`;
    expect(parseStrictJson(list("5.0", 100_000))).toHaveLength(100_001);
    expect(() => parseStrictJson(list("5.0", 100_001))).toThrow("too many integers");
    expect(parseStrictJson(list("1.5", 300_000))).toHaveLength(300_001);
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
