import { sameWordCharacter } from "./word-character.ts";

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Returns whether a text contains `@name` as a word of its own, ignoring case. */
export function mentions(text: string, name: string): boolean {
  if (name === "" || !text.includes("@")) return false;
  return new RegExp(`(?<!${sameWordCharacter})@${escapeRegExp(name)}(?![\\p{L}\\p{N}_])`, "iu").test(text);
}

/**
 * Returns the text after `@` and its beginnings that can be a name, longest first: a mark such as an apostrophe or a
 * Chinese comma can be part of a name or follow it.
 */
export function possibleNames(text: string): readonly string[] {
  const ends = Array.from(text.matchAll(/(?<=.)[^\p{L}\p{N}_]/gsu), ({ index }) => index);
  return [text, ...ends.reverse().map((end) => text.slice(0, end))];
}

const typedMention = new RegExp(`(?<!${sameWordCharacter})@([^\\s@]{0,32})$`, "u");

/** Returns the name being typed after `@` at the caret, if there is one. */
export function mentionAt(
  text: string,
  caret: number,
): { readonly from: number; readonly typed: string } | undefined {
  const match = typedMention.exec(text.slice(Math.max(0, caret - 40), caret));
  if (match?.[1] === undefined) return undefined;
  return { from: caret - match[1].length - 1, typed: match[1] };
}
