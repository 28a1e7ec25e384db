import { expect, it } from "vitest";
import type { CodePiece } from "./code-token.ts";
import { highlight } from "./highlight.ts";
import { languageOf } from "./languages.ts";

const textOf = (piece: CodePiece): string =>
  typeof piece === "string" ? piece : piece.pieces.map(textOf).join("");

it("colours code without changing a character of it", async () => {
  const code = 'const a = "<b>&amp;</b>"; // note\nif (a) return 5;';
  const pieces = await highlight("ts", code);
  expect(pieces.map(textOf).join("")).toBe(code);
  const kinds = new Set(pieces.map((piece) => (typeof piece === "string" ? "text" : piece.kind)));
  expect([...kinds]).toEqual(expect.arrayContaining(["keyword", "string", "comment", "number"]));
});

it("leaves alone what it does not know, and what is too long", async () => {
  expect(await highlight("nonsense", "x = 1")).toEqual(["x = 1"]);
  expect(await highlight("constructor", "x = 1")).toEqual(["x = 1"]);
  const long = "x = 1\n".repeat(5000);
  expect(await highlight("js", long)).toEqual([long]);
  expect(languageOf("c++")).toBe("cpp");
});
