import { expect, it } from "vitest";
import type { CodeToken } from "./code-token.ts";
import { highlight } from "./highlight.ts";
import { resolveLanguage } from "./languages.ts";

const textOf = (token: CodeToken): string =>
  typeof token === "string" ? token : token.children.map(textOf).join("");

it("highlights code without changing the text", async () => {
  const code = 'const a = "<b>&amp;</b>"; // note\nif (a) return 5;';
  const children = await highlight("ts", code);
  expect(children.map(textOf).join("")).toBe(code);
  const types = new Set(children.map((token) => (typeof token === "string" ? "text" : token.type)));
  expect([...types]).toEqual(expect.arrayContaining(["keyword", "string", "comment", "number"]));
});

it("does not highlight unknown languages or long code", async () => {
  expect(await highlight("nonsense", "x = 1")).toEqual(["x = 1"]);
  expect(await highlight("constructor", "x = 1")).toEqual(["x = 1"]);
  const long = "x = 1\n".repeat(5000);
  expect(await highlight("js", long)).toEqual([long]);
  expect(resolveLanguage("c++")).toBe("cpp");
});
