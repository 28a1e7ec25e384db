/** Controls, marks of direction, and characters without width: what could hide or turn around other text. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;
/** Marks that are piled up on one letter; three are enough for any language that is written. */
const piled = /(\p{M}{3})\p{M}+/gu;
const zeroWidth = "\u200b";

/** A stranger's text as one plain line of at most `most` characters. */
export function plain(text: string, most = 100): string {
  const clean = text
    // Only so much is looked at: a title may have millions of characters.
    .slice(0, 8 * most)
    .toWellFormed()
    .replace(/[\r\n\t\v\f\u2028\u2029]/g, " ")
    .replace(invisible, "")
    .replace(piled, "$1")
    .replace(/\s+/g, " ")
    .trim();
  const letters = Array.from(clean);
  return letters.length <= most ? clean : `${letters.slice(0, most - 1).join("")}…`;
}

/**
 * Takes the power from a text: nobody is mentioned, no address is followed, no emoji is fetched. The characters stay
 * the same for the eye.
 */
const tame = (text: string): string =>
  text
    .replaceAll("`", "´")
    .replace(/[@<]/g, (sign) => sign + zeroWidth)
    .replaceAll("://", `:${zeroWidth}//`)
    .replace(/(www)\./gi, `$1${zeroWidth}.`);

/** A stranger's text for a chat message: as code, in which no client looks for markup. */
export function quoted(text: string, most = 100): string {
  const line = tame(plain(text, most));
  return line === "" ? "(no name)" : `\`${line}\``;
}

/** Several lines of a stranger's text, as a block of code of at most `most` characters. */
export function quotedBlock(text: string, most: number): string {
  const lines = text
    .slice(0, 4 * most)
    .split(/\r\n|\r|\n/)
    .map((line) => tame(plain(line, 200)));
  let block = "";
  for (const line of lines) {
    if (block.length + line.length + 1 > most) return `\`\`\`\n${block}…\n\`\`\``;
    block += `${line}\n`;
  }
  return `\`\`\`\n${block}\`\`\``;
}

/** `3:07`, `1:02:03`; `live` where there is no length. */
export function clockText(ms: number | null): string {
  if (ms === null) return "live";
  const seconds = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Reads `90`, `1:30`, `1:02:03`, or with `+` or `-` in front how far to go; null for anything else. */
export function readClock(text: string): { readonly ms: number; readonly isRelative: boolean } | null {
  const [, sign = "", time = ""] = /^([+-]?)(\d{1,6}(?::\d{1,2}){0,2})$/.exec(text.trim()) ?? [];
  if (time === "") return null;
  const seconds = time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return { ms: (sign === "-" ? -1_000 : 1_000) * seconds, isRelative: sign !== "" };
}

/** `1 track`, `2 tracks`. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
