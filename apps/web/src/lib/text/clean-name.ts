/** Displayed length of a name; old accounts may have longer ones. */
const maxCharacters = 64;

/**
 * Bidirectional overrides, invisible characters and line breaks, with which a name could imitate another one
 * or a part of the page.
 */
const unsafeCharacters = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
/** More than three combining marks in a row, which would overlap the surrounding lines. */
const excessMarks = /(\p{M}{3})\p{M}+/gu;

/** Sanitizes a name for display: one line, no unsafe characters, never empty. */
export function cleanName(name: string, placeholder = "…"): string {
  const plain = name
    .slice(0, 10 * maxCharacters)
    .replace(unsafeCharacters, "")
    .replace(excessMarks, "$1")
    .trim();
  const characters = [...plain];
  if (characters.length === 0) return placeholder;
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters).join("")}…` : plain;
}

/** Returns one or two initials for an avatar without a picture. */
export function initials(name: string): string {
  const words = cleanName(name, "?").split(/[\s_.-]+/u);
  const letters = words.map((word) => [...word][0] ?? "").filter((letter) => letter !== "");
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

/** Returns the avatar hue of a name, from 0 to 359. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name.slice(0, maxCharacters)) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  }
  return hash;
}
