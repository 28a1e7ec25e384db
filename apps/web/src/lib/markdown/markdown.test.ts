import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, type Inline, parseMarkdown, pictureLinks, plainText, safeHref } from "./index.ts";

/** Formats a node as compact text for comparison. */
const show = (part: Inline | Block): string => {
  switch (part.type) {
    case "text":
      return part.text;
    case "break":
      return "⏎";
    case "image":
      return `image(${part.src})`;
    case "emoji":
    case "mention":
      return `${part.type}(${part.name})`;
    case "emojiReference":
      return `emoji(${part.server} ${part.uuid})`;
    case "rule":
      return "rule";
    case "code":
      return "language" in part ? `code[${part.language}](${part.text})` : `code(${part.text})`;
    case "link":
      return `link(${part.href} ${part.parts.map(show).join("")})`;
    case "heading":
      return `h${part.level}(${part.parts.map(show).join("")})`;
    case "quote":
      return `quote(${part.blocks.map(show).join(" ")})`;
    case "list": {
      const marks = { true: "☑ ", false: "☐ ", undefined: "" };
      const items = part.items.map(({ isDone, blocks }) => marks[`${isDone}`] + blocks.map(show).join(" "));
      return `list${part.start ?? ""}(${items.join(" | ")})`;
    }
    case "table": {
      const row = (cells: readonly (readonly Inline[])[]) =>
        cells.map((cell) => cell.map(show).join("")).join(",");
      const align = part.align.map((side) => side?.charAt(0) ?? "-").join("");
      return `table${align}(${[part.head, ...part.rows].map(row).join(";")})`;
    }
    case "paragraph":
      return `p(${part.parts.map(show).join("")})`;
    default:
      return `${part.type}(${part.parts.map(show).join("")})`;
  }
};
const shown = (text: string): string => parseMarkdown(text).map(show).join(" ");

it.each([
  ["hello", "p(hello)"],
  ["one\ntwo\n\nthree", "p(one⏎two) p(three)"],
  [
    "**bold** *soft* _soft_ ~~gone~~ ||secret||",
    "p(strong(bold) emphasis(soft) emphasis(soft) strike(gone) spoiler(secret))",
  ],
  ["**bold *and soft* here**", "p(strong(bold emphasis(and soft) here))"],
  ["snake_case_name 2 * 3 * 4", "p(snake_case_name 2 * 3 * 4)"],
  ["\\*no\\* `a * b` ``x`y``", "p(*no* code(a * b) code(x`y))"],
  ["# Title\n## Two ##", "h1(Title) h2(Two)"],
  ["```ts\nlet a = `1`;\n```\nafter", "code[ts](let a = `1`;) p(after)"],
  ["```\nnever closed", "code[](never closed)"],
  ["> a\n> > b\nc", "quote(p(a) quote(p(b))) p(c)"],
  ["- a\n- b\n  - c\n3. x", "list(p(a) | p(b) list(p(c))) list3(p(x))"],
  ["|a|b|\n|-|-|\n|1|2|\n|3|", "table--(a,b;1,2;3,)"],
  ["a | b | c | d\n:- | -: | :-: | -\n`x` | 2 \\| 3 | |", "tablelrc-(a,b,c,d;code(x),2 | 3,,)"],
  ["***a*** ***b** c* **d *e***", "p(emphasis(strong(a)) emphasis(strong(b) c) strong(d emphasis(e)))"],
  ["*foo**bar* **a*b** __init__ ____", "p(emphasis(foo**bar) strong(a*b) strong(init) ____)"],
  ["- [ ] a\n- [x] b\n- [y] c", "list(☐ p(a) | ☑ p(b) | p([y] c))"],
  ["- a\n  - b\n    - c\n  - d\n- e", "list(p(a) list(p(b) list(p(c)) | p(d)) | p(e))"],
  ["1. a\n   - b\n   more\n2. c", "list1(p(a) list(p(b)) p(more) | p(c))"],
  ["# a #b ##   \n#\n# #", "h1(a #b) p(#⏎# #)"],
  ["`` a` `` `b", "p(code(a`) `b)"],
  ["~~~~*a\nb", "code[](*a\nb)"],
  ["*️⃣ a*️⃣ **b***️⃣", "p(*️⃣ a*️⃣ strong(b)*️⃣)"],
  ["---", "rule"],
  ["hi @ann! :smile: a@b.c", "p(hi mention(ann)! emoji(smile) a@b.c)"],
  ["<:example.org:2345:69420:>", "p(emoji(example.org:2345 69420))"],
])("parses %j as %s", (text, tree) => {
  expect(shown(text)).toBe(tree);
});

describe("links", () => {
  it.each([
    ["see https://example.org/a_b_c.", "p(see link(https://example.org/a_b_c https://example.org/a_b_c).)"],
    ["(https://example.org/x_(y))", "p((link(https://example.org/x_(y) https://example.org/x_(y))))"],
    ["[here](https://example.org) and more", "p(link(https://example.org/ here) and more)"],
    ["before https://a.example after", "p(before link(https://a.example/ https://a.example) after)"],
    ["![cat](https://a.example/cat.png)", "p(image(https://a.example/cat.png))"],
    ["<https://a.example>", "p(link(https://a.example/ https://a.example))"],
    ["[https://a.example](https://a.example)", "p(link(https://a.example/ https://a.example))"],
    ["[](https://a.example)", "p(link(https://a.example/ https://a.example/))"],
    ["[a **b** [c](https://a.example)", "p([a strong(b) link(https://a.example/ c))"],
    [
      "[a [b](https://a.example) c](https://b.example)",
      "p([a link(https://a.example/ b) c](link(https://b.example/ https://b.example)))",
    ],
    ["[*a* [b]](https://a.example)", "p(link(https://a.example/ emphasis(a) [b]))"],
    ["see www.example.org/a, www.x", "p(see link(https://www.example.org/a www.example.org/a), www.x)"],
    // Scripts that write no spaces between words, or add endings to any word.
    ["看https://a.example/x。然后", "p(看link(https://a.example/x https://a.example/x)。然后)"],
    ["한국어https://a.example/x 를", "p(한국어link(https://a.example/x https://a.example/x) 를)"],
    ["你好@ann", "p(你好mention(ann))"],
    ["xhttps://a.example/x a@ann", "p(xhttps://a.example/x a@ann)"],
    [
      "https://a.example/x، https://a.example/x؟",
      "p(link(https://a.example/x https://a.example/x)، link(https://a.example/x https://a.example/x)؟)",
    ],
    [
      "https://a.example/x। https://a.example/x…",
      "p(link(https://a.example/x https://a.example/x)। link(https://a.example/x https://a.example/x)…)",
    ],
    ["https://a.example/x｡ﾆﾎﾝ", "p(link(https://a.example/x https://a.example/x)｡ﾆﾎﾝ)"],
    ["看 https://a.example/x。然后", "p(看 link(https://a.example/x https://a.example/x)。然后)"],
    [
      "（https://a.example）「https://b.example」，",
      "p(（link(https://a.example/ https://a.example)）「link(https://b.example/ https://b.example)」，)",
    ],
    ["mailto:ann@a.example", "p(link(mailto:ann@a.example mailto:ann@a.example))"],
  ])("parses %j as %s", (text, tree) => {
    expect(shown(text)).toBe(tree);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](\tjavascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "[x](blob:https://a.example/1)",
    "[x](//example.org)",
  ])("does not link %j", (text) => {
    expect(shown(text)).not.toMatch(/link|image/);
  });

  it("recognizes image links by their extension", () => {
    const [block] = parseMarkdown(
      "**https://a.example/b.PNG?x=1** https://a.example/b.html?x=.png https://a.example/b.PNG?x=1 ||https://a.example/c.gif||",
    );
    expect(block?.type === "paragraph" && pictureLinks(block.parts)).toEqual(["https://a.example/b.PNG?x=1"]);
    expect(safeHref("javascript:alert(1)")).toBeUndefined();
  });
});

it("converts a message to one line of plain text", () => {
  expect(plainText("# Hi\n\n**you** `x` ||end|| [a](https://b.example)\n- 1\n- 2")).toBe(
    "Hi you x ▒▒▒ a 1, 2",
  );
  expect(plainText("x".repeat(300), 10)).toBe(`${"x".repeat(10)}…`);
});

it("parses any text without losing words", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (text) => {
      parseMarkdown(text);
    }),
  );
  const marks = fc.constantFrom(
    "*",
    "**",
    "_",
    "`",
    "~~",
    "||",
    "[",
    "](",
    ")",
    "<",
    ">",
    "\n",
    " ",
    "a",
    "- ",
    "#",
    "|",
    ":",
  );
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 80 }), (parts) => {
      const text = parts.join("");
      const letters = (shown(text).match(/a/g) ?? []).length;
      expect(letters).toBeGreaterThanOrEqual((text.match(/a/g) ?? []).length === 0 ? 0 : 1);
    }),
  );
});
