import { cutText } from "../text/cut-text.ts";
import { parseMarkdown } from "./blocks.ts";
import type { Block, Inline } from "./tree.ts";

const inlineText = (part: Inline): string => {
  switch (part.type) {
    case "text":
    case "code":
      return part.text;
    case "break":
      return " ";
    case "image":
      return part.alt;
    case "emoji":
      return `:${part.name}:`;
    case "emojiReference":
      return "";
    case "mention":
      return `@${part.name}`;
    case "spoiler":
      return "▒▒▒";
    default:
      return part.parts.map(inlineText).join("");
  }
};

const blockText = (block: Block): string => {
  switch (block.type) {
    case "paragraph":
    case "heading":
      return block.parts.map(inlineText).join("");
    case "code":
      return block.text;
    case "quote":
      return block.blocks.map(blockText).join(" ");
    case "list":
      return block.items.map(({ blocks }) => blocks.map(blockText).join(" ")).join(", ");
    case "table":
      return block.head.map((cell) => cell.map(inlineText).join("")).join(", ");
    case "rule":
      return "";
  }
};

/** Returns a message as one line without markup, for previews and notifications. */
export function plainText(markdown: string, maxCharacters = 200): string {
  const text = parseMarkdown(markdown.slice(0, 4 * maxCharacters))
    .map(blockText)
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
  return text.length > maxCharacters ? `${cutText(text, maxCharacters).trimEnd()}…` : text;
}
