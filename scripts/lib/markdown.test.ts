import { describe, expect, it } from "vitest";
import { parseMarkdown } from "./markdown.ts";

const parse = (...lines: string[]) => parseMarkdown("README.md", lines.join("\n"));

describe("parseMarkdown", () => {
  it("finds fenced blocks with their first line of code and their flags", () => {
    const { blocks } = parse(
      "# Title",
      "",
      "```ts no-check",
      "const a = 1;",
      "",
      "a;",
      "```",
      "~~~sh",
      "ls",
      "~~~",
    );
    expect(blocks).toEqual([
      { line: 4, language: "ts", flags: ["no-check"], code: "const a = 1;\n\na;" },
      { line: 9, language: "sh", flags: [], code: "ls" },
    ]);
  });

  it("removes the indentation of a list from a block, and keeps the block's own", () => {
    const { blocks } = parse("- item", "", "  ```ts", "  if (a) {", "    b();", "  }", "  ```");
    expect(blocks[0]?.code).toBe("if (a) {\n  b();\n}");
  });

  it("ends a block only at a fence that is as long as its first", () => {
    const { blocks } = parse("````md", "```ts", "x", "```", "````");
    expect(blocks).toEqual([{ line: 2, language: "md", flags: [], code: "```ts\nx\n```" }]);
  });

  it("finds links, images, references and HTML, but none in code", () => {
    const { links } = parse(
      'a [b](c.md "title") ![d](e.png) `[x](y)`',
      "```",
      "[x](y)",
      "```",
      "[f]: g.md#h",
      '<a href="i.md">i</a> <img alt="" src="j.svg">',
    );
    expect(links).toEqual([
      { line: 1, target: "c.md" },
      { line: 1, target: "e.png" },
      { line: 5, target: "g.md#h" },
      { line: 6, target: "i.md" },
      { line: 6, target: "j.svg" },
    ]);
  });

  it("derives the fragments of headings as GitHub does", () => {
    const { anchors } = parse(
      "# What's `new` in 2.0?",
      "## Setup",
      "## Setup",
      "## [Link](x.md) & more",
      "```",
      "# no",
      "```",
    );
    expect([...anchors]).toEqual(["whats-new-in-20", "setup", "setup-1", "link--more"]);
  });
});
