import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "\n") });

describe("line splitter", () => {
  it("returns the same lines for any chunking", () => {
    fc.assert(
      fc.property(fc.array(text), (chunks) => {
        const splitter = new LineSplitter(1e6);
        const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
        const whole = chunks.join("").split("\n");
        if (whole.at(-1) === "") whole.pop();
        expect(lines).toEqual(whole);
      }),
    );
  });

  it("returns an overlong line in pieces", () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push("abc")).toEqual([]);
    expect(splitter.push("def")).toEqual(["abcdef"]);
    expect(splitter.push("g\n")).toEqual(["g"]);
  });
});
