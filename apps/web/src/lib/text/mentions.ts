const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Returns whether a text contains `@name` as a word of its own, ignoring case. */
export function mentions(text: string, name: string): boolean {
  if (name === "" || !text.includes("@")) return false;
  return new RegExp(`(?<![\\p{L}\\p{N}_])@${escapeRegExp(name)}(?![\\p{L}\\p{N}_])`, "iu").test(text);
}

/** Returns the name being typed after `@` at the caret, if there is one. */
export function mentionAt(
  text: string,
  caret: number,
): { readonly from: number; readonly typed: string } | undefined {
  const match = /(?:^|\s)@([^\s@]{0,32})$/u.exec(text.slice(Math.max(0, caret - 40), caret));
  if (match?.[1] === undefined) return undefined;
  return { from: caret - match[1].length - 1, typed: match[1] };
}
