/** Longest name that is shown; servers keep names of old accounts of any length. */
const mostCharacters = 64;

/**
 * Characters that turn the direction of what follows, that are not to be seen, or that break the line: with
 * them a name could pass for another, or for a part of the page.
 */
const tricks = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
/** Marks above and below a letter; a few are writing, a hundred are an attack on the lines around. */
const towers = /(\p{M}{3})\p{M}+/gu;

/** A name as it may be shown: one line, no tricks, never empty. */
export function cleanName(name: string, nobody = "…"): string {
  const plain = name
    .slice(0, 10 * mostCharacters)
    .replace(tricks, "")
    .replace(towers, "$1")
    .trim();
  const characters = [...plain];
  if (characters.length === 0) return nobody;
  return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters).join("")}…` : plain;
}

/** One or two letters that stand for a name where there is no picture. */
export function initials(name: string): string {
  const words = cleanName(name, "?").split(/[\s_.-]+/u);
  const letters = words.map((word) => [...word][0] ?? "").filter((letter) => letter !== "");
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

/** A hue for whoever has no picture, always the same for the same name. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name.slice(0, mostCharacters)) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  }
  return hash;
}
