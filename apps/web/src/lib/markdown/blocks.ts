import { parseInline } from "./inline.ts";
import type { Block, Inline } from "./tree.ts";

/** Nesting limit of quotes and lists; deeper ones are plain text. */
const maxDepth = 6;

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const languageName = /^[\w+#.-]{0,30}$/;
const heading = /^(#{1,6})\s+(.+?)\s*#*$/;
const rule = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const quote = /^ {0,3}> ?(.*)$/;
const item = /^( {0,3})([-*+]|(\d{1,9})[.)])(?:\s+(.*)|\s*)$/;
const tableRule = /^\s*\|?(?:\s*:?-{1,40}:?\s*\|)+(?:\s*:?-{1,40}:?\s*)?$/;
const indented = /^(?: {2,}|\t)(.*)$/;

/**
 * Parses a message. Line breaks are kept, as usual in chats; raw HTML is plain text. Never fails: text that
 * is not a block is a paragraph.
 */
export function parseMarkdown(text: string): Block[] {
  return parseBlocks(text.replaceAll("\r\n", "\n").split("\n"), 0);
}

function parseBlocks(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    const content = paragraph.join("\n").trim();
    if (content !== "") blocks.push({ type: "paragraph", parts: parseInline(content) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const found = parseBlockAt(lines, at, depth);
    if (found) {
      endParagraph();
      blocks.push(found.block);
      at = found.next;
      continue;
    }
    const line = lines[at] ?? "";
    if (line.trim() === "") endParagraph();
    else paragraph.push(line);
    at++;
  }
  endParagraph();
  return blocks;
}

interface ParsedBlock {
  readonly block: Block;
  /** Index of the first line after it. */
  readonly next: number;
}

function parseBlockAt(lines: readonly string[], at: number, depth: number): ParsedBlock | undefined {
  const line = lines[at] ?? "";
  const code = fence.exec(line);
  if (code) return parseFence(lines, at, code[1] ?? "```", (code[2] ?? "").trim());
  const title = heading.exec(line);
  if (title) {
    const level = title[1]?.length ?? 1;
    return { block: { type: "heading", level, parts: parseInline(title[2] ?? "") }, next: at + 1 };
  }
  if (rule.test(line)) return { block: { type: "rule" }, next: at + 1 };
  if (line.includes("|") && tableRule.test(lines[at + 1] ?? "")) return parseTable(lines, at);
  if (depth >= maxDepth) return undefined;
  if (quote.test(line)) return parseQuote(lines, at, depth);
  if (item.test(line)) return parseList(lines, at, depth);
  return undefined;
}

/** The text after the fence is the language, or the first line of code if it is not a valid language name. */
function parseFence(lines: readonly string[], at: number, mark: string, info: string): ParsedBlock {
  const isEnd = (line: string): boolean => {
    const trimmed = line.trim();
    return trimmed.startsWith(mark) && trimmed.replaceAll(mark.charAt(0), "") === "";
  };
  const end = lines.findIndex((line, index) => index > at && isEnd(line));
  const to = end < 0 ? lines.length : end;
  const isLanguage = languageName.test(info);
  const text = [...(isLanguage ? [] : [info]), ...lines.slice(at + 1, to)].join("\n");
  const language = isLanguage ? info.toLowerCase() : "";
  return { block: { type: "code", language, text }, next: to + 1 };
}

function parseQuote(lines: readonly string[], at: number, depth: number): ParsedBlock {
  const inner: string[] = [];
  let next = at;
  for (let match = quote.exec(lines[next] ?? ""); match; match = quote.exec(lines[next] ?? "")) {
    inner.push(match[1] ?? "");
    next++;
  }
  return { block: { type: "quote", blocks: parseBlocks(inner, depth + 1) }, next };
}

function parseList(lines: readonly string[], at: number, depth: number): ParsedBlock {
  const first = item.exec(lines[at] ?? "");
  const start = first?.[3] === undefined ? undefined : Number(first[3]);
  const items: string[][] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const match = rule.test(line) ? null : item.exec(line);
    const isNested = (match?.[1] ?? "").length >= 2;
    if (match && !isNested) {
      if ((match[3] === undefined) !== (start === undefined)) break;
      items.push([match[4] ?? ""]);
      continue;
    }
    const inner = indented.exec(line);
    if (!inner || line.trim() === "") break;
    items.at(-1)?.push(inner[1] ?? "");
  }
  const blocks = items.map((content) => parseBlocks(content, depth + 1));
  return { block: { type: "list", start, items: blocks }, next };
}

const maxColumns = 20;

const cellsOf = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|", maxColumns)
    .map((cell) => parseInline(cell.trim()));

function parseTable(lines: readonly string[], at: number): ParsedBlock {
  const head = cellsOf(lines[at] ?? "");
  const rows: Inline[][][] = [];
  let next = at + 2;
  for (; (lines[next] ?? "").includes("|"); next++) {
    const cells = cellsOf(lines[next] ?? "");
    rows.push(head.map((_, column) => cells[column] ?? []));
  }
  return { block: { type: "table", head, rows }, next };
}
