import { checkAtLeast, checkText, checkTexts } from "../errors.ts";

/**
 * Control and format characters, including bidirectional overrides, that could hide or reorder other text.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;
/** Combining marks stacked on one letter; three are enough for any written language. */
const stackedMarks = /(\p{M}{3})\p{M}+/gu;
const zeroWidthSpace = "\u200b";

function checkLine(text: string, maxLength: number): void {
  checkText("text", text);
  checkAtLeast("maxLength", maxLength, 1);
}

/**
 * Sanitizes untrusted text to one line of at most `maxLength` characters, without invisible characters.
 * Markup is kept; see {@link quote}.
 */
export function sanitizeLine(text: string, maxLength = 100): string {
  checkLine(text, maxLength);
  const clean = text
    // Bounds the work: a text may have millions of characters.
    .slice(0, 8 * maxLength)
    .toWellFormed()
    .replace(/[\r\n\t\v\f\u2028\u2029]/g, " ")
    .replace(invisible, "")
    .replace(stackedMarks, "$1")
    .replace(/\s+/g, " ")
    .trim();
  const characters = Array.from(clean);
  return characters.length <= maxLength ? clean : `${characters.slice(0, maxLength - 1).join("")}…`;
}

/** Neutralizes markup: mentions, links and emoji are rendered inert. The text looks the same. */
const neutralizeMarkup = (text: string): string =>
  text
    .replaceAll("`", "´")
    .replace(/[@<]/g, (sign) => sign + zeroWidthSpace)
    .replaceAll("://", `:${zeroWidthSpace}//`)
    .replace(/(www)\./gi, `$1${zeroWidthSpace}.`);

/**
 * Formats untrusted text for a message: as inline code of one line and at most `maxLength` characters, in
 * which clients render no mention, link or emoji.
 */
export function quote(text: string, maxLength = 100): string {
  const line = neutralizeMarkup(sanitizeLine(text, maxLength));
  return line === "" ? "(no name)" : `\`${line}\``;
}

/** Formats several lines of untrusted text as a code block of about `maxLength` characters at most. */
export function quoteBlock(text: string, maxLength = 1_000): string {
  checkLine(text, maxLength);
  const lines = text
    .slice(0, 4 * maxLength)
    .split(/\r\n|\r|\n/)
    .map((line) => neutralizeMarkup(sanitizeLine(line, 200)));
  let block = "";
  for (const line of lines) {
    if (block.length + line.length + 1 > maxLength) return `\`\`\`\n${block}…\n\`\`\``;
    block += `${line}\n`;
  }
  return `\`\`\`\n${block}\`\`\``;
}

/**
 * Renders the mentions in a text inert: a zero-width space follows each `@` that could begin one. The text
 * looks the same.
 *
 * @param allowedNames - Names of accounts whose mentions are kept, compared without case.
 */
export function neutralizeMentions(text: string, allowedNames: readonly string[] = []): string {
  checkText("text", text);
  checkTexts("allowedNames", allowedNames);
  if (!text.includes("@")) return text;
  const names = allowedNames.filter((name) => name !== "").map((name) => name.toLowerCase());
  return text.replace(/@(?=[^\s\u200b])/g, (sign, offset: number) => {
    const isAllowed = names.some((name) => isMentionOf(text, offset, name));
    return isAllowed ? sign : sign + zeroWidthSpace;
  });
}

/** Returns whether the `@` at an offset is followed by the name and not by a longer word. */
function isMentionOf(text: string, offset: number, lowerCaseName: string): boolean {
  const end = offset + 1 + lowerCaseName.length;
  return (
    text.slice(offset + 1, end).toLowerCase() === lowerCaseName &&
    !/^[\p{L}\p{N}_]/u.test(text.slice(end, end + 2))
  );
}
