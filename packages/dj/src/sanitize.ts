/**
 * Control and format characters, including bidirectional overrides, that could hide or reorder other text.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;
/** Combining marks stacked on one letter; three are enough for any written language. */
const stackedMarks = /(\p{M}{3})\p{M}+/gu;
const zeroWidthSpace = "\u200b";

/** Sanitizes untrusted text to one line of at most `maxLength` characters, without markup handling. */
export function sanitizeLine(text: string, maxLength = 100): string {
  const clean = text
    // Bounds the work: a title may have millions of characters.
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

/** Formats untrusted text for a chat message: as inline code, in which clients parse no markup. */
export function quote(text: string, maxLength = 100): string {
  const line = neutralizeMarkup(sanitizeLine(text, maxLength));
  return line === "" ? "(no name)" : `\`${line}\``;
}

/** Formats several lines of untrusted text as a code block of at most `maxLength` characters. */
export function quoteBlock(text: string, maxLength: number): string {
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

/** Formats a duration or position as `3:07` or `1:02:03`; null, the length of a stream, as `live`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return "live";
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const pad = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** Target of a seek: a position in ms, or an offset from the current one. */
interface SeekTime {
  readonly ms: number;
  readonly isRelative: boolean;
}

/** Parses `90`, `1:30` or `1:02:03`, or an offset with a leading `+` or `-`; undefined for any other text. */
export function parseSeekTime(text: string): SeekTime | undefined {
  const [, sign = "", time = ""] = /^([+-]?)(\d{1,6}(?::\d{1,2}){0,2})$/.exec(text.trim()) ?? [];
  if (time === "") return undefined;
  const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return { ms: (sign === "-" ? -1_000 : 1_000) * seconds, isRelative: sign !== "" };
}

/** Formats a count with its noun: `1 track`, `2 tracks`. */
export const pluralize = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
