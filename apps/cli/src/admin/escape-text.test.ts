import { expect, it } from "vitest";
import { escapeText } from "./escape-text.ts";

it("escapes control and format characters, and leaves other text", () => {
  expect(escapeText("\u001b[31mann\u009b\u202e\n")).toBe("\\u001b[31mann\\u009b\\u202e\\u000a");
  expect(escapeText("Zoë 李雷 😀")).toBe("Zoë 李雷 😀");
});

it("keeps JSON valid", () => {
  const value = { name: "ann\u202e\u{e0041}\u0007" };
  expect(JSON.parse(escapeText(JSON.stringify(value)))).toEqual(value);
});
