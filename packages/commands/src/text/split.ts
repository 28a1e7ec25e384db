import type { Server } from "@asterite/aster";
import { argumentError, CommandsError } from "../errors.ts";

/** Length of a message, in UTF-16 code units, on servers that announce no limit. */
const unannouncedLimit = 2_000;

/** Returns the length of the longest message that a server accepts, in UTF-16 code units. */
export const contentLimit = ({ limits }: Pick<Server, "limits">): number => {
  const { content = unannouncedLimit } = limits;
  return content >= 1 ? Math.floor(content) : unannouncedLimit;
};

const fence = "```";
/** Shortest limit, in UTF-16 code units, at which code blocks are continued in the next part. */
const minFencedLimit = 100;

/** Returns whether a text ends inside a code block. */
const isInCodeBlock = (text: string): boolean => text.split(fence).length % 2 === 0;

/**
 * Splits a text into parts of at most `limit` UTF-16 code units, at line breaks if possible, else at blanks,
 * else between characters. A code block is closed at the end of a part and continued in the next one. Parts
 * without visible text are left out, because servers refuse them.
 *
 * @throws CommandsError `TEXT_TOO_LONG` for more than `maxParts` parts.
 */
export function splitText(text: string, limit: number, maxParts: number): string[] {
  if (!(limit >= 2)) throw argumentError("limit", limit, "an integer from 2");
  const parts: string[] = [];
  let rest = text;
  const keepsBlocks = limit >= minFencedLimit && text.includes(fence);
  // Leaves room for the end of a code block.
  const partLimit = keepsBlocks ? limit - fence.length - 1 : limit;
  while (rest.length > 0) {
    const end = rest.length <= limit ? rest.length : breakBefore(rest, partLimit);
    let part = rest.slice(0, end);
    rest = rest.slice(end).replace(/^[\n ]/, "");
    if (keepsBlocks && rest !== "" && isInCodeBlock(part)) {
      part += `\n${fence}`;
      rest = rest.startsWith(fence) ? rest.slice(fence.length).trimStart() : `${fence}\n${rest}`;
    }
    if (part.trim() === "") continue;
    if (parts.length === maxParts) {
      const text = `the text needs more than ${maxParts} messages of ${limit} characters`;
      throw new CommandsError("TEXT_TOO_LONG", text);
    }
    parts.push(part);
  }
  return parts;
}

/** Returns the index before which to break a text that is longer than `limit`. */
function breakBefore(text: string, limit: number): number {
  const line = text.lastIndexOf("\n", limit);
  if (line > limit / 2) return line;
  const blank = text.lastIndexOf(" ", limit);
  if (blank > limit / 2) return blank;
  // Keeps the two halves of a surrogate pair together.
  const isPair = /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(limit - 1, limit + 1));
  return isPair ? limit - 1 : limit;
}
