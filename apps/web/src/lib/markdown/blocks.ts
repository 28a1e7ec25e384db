import { parseInline } from "./inline.ts";
import { parseTable } from "./table.ts";
import type { Block, ListItem } from "./tree.ts";

/** Nesting limit of quotes and lists; deeper ones are plain text. */
const maxDepth = 6;

const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/s;
const languageName = /^[\w+#.-]{0,30}$/;
const heading = /^(#{1,6})\s(.*)$/s;
const quote = /^ {0,3}> ?(.*)$/s;
const item = /^( {0,3})([-*+]|(\d{1,9})[.)])(?:(\s+)(.*))?$/s;
const task = /^\[([ xX])\] +(?=\S)/;

/**
 * Parses a message. Line breaks are kept, as usual in chats; raw HTML is plain text. Never fails: text that
 * is not a block is a paragraph. Takes time proportional to the length.
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

/** Removes a character from the end of a text. */
function trimEndOf(text: string, character: string): string {
  let end = text.trimEnd().length;
  while (text.charAt(end - 1) === character) end--;
  return text.slice(0, end);
}

/** Whether a line consists of three or more hyphens, asterisks or underscores. */
function isRule(line: string): boolean {
  const marks = line.replace(/\s+/g, "");
  return marks.length >= 3 && /^(?:-+|\*+|_+)$/.test(marks) && /^ {0,3}\S/.test(line);
}

function parseBlockAt(lines: readonly string[], at: number, depth: number): ParsedBlock | undefined {
  const line = lines[at] ?? "";
  const [, mark = "", info = ""] = fence.exec(line) ?? [];
  // Backticks in the line are code in a text.
  const isCode = mark !== "" && !(mark.startsWith("`") && info.includes("`"));
  if (isCode) return parseFence(lines, at, mark, info.trim());
  const title = heading.exec(line);
  const titleText = trimEndOf(title?.[2] ?? "", "#").trim();
  if (title && titleText !== "") {
    const level = title[1]?.length ?? 1;
    return { block: { type: "heading", level, parts: parseInline(titleText) }, next: at + 1 };
  }
  if (isRule(line)) return { block: { type: "rule" }, next: at + 1 };
  const table = parseTable(lines, at);
  if (table) return table;
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
  let to = at + 1;
  while (to < lines.length && !isEnd(lines[to] ?? "")) to++;
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
  /** Nested lists are indented by two or more spaces. */
  const nested = (first?.[1]?.length ?? 0) + 2;
  const items: string[][] = [];
  let contentIndent = nested;
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const indent = (/^(?:\t| *)/.exec(line)?.[0] ?? "").replace("\t", " ".repeat(contentIndent)).length;
    const match = indent >= nested || isRule(line) ? undefined : item.exec(line);
    if (match) {
      if ((match[3] === undefined) !== (start === undefined)) break;
      items.push([match[5] ?? ""]);
      contentIndent = nested - 1 + (match[2]?.length ?? 1);
      continue;
    }
    if (indent < nested || line.trim() === "") break;
    items.at(-1)?.push(line.startsWith("\t") ? line.slice(1) : line.slice(Math.min(indent, contentIndent)));
  }
  const parsed = items.map((content) => parseItem(content, depth));
  return { block: { type: "list", start, items: parsed }, next };
}

function parseItem([first = "", ...others]: readonly string[], depth: number): ListItem {
  const mark = task.exec(first);
  const content = mark ? first.slice(mark[0].length) : first;
  const isDone = mark ? mark[1] !== " " : undefined;
  return { isDone, blocks: parseBlocks([content, ...others], depth + 1) };
}
