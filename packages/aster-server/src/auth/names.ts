import replaceConfusables from "unhomoglyph";

/**
 * Control, format, surrogate and private-use characters, line separators, and characters that are shown as
 * nothing, except the variation selector of emoji.
 */
const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800]|(?!\uFE0F)\p{Default_Ignorable_Code_Point}/u;

/** Returns a name as it is stored: in Unicode's composed form (NFC). */
export const normalizeName = (given: string): string => given.normalize("NFC");

/** Returns whether a new name is shown as it is written: without invisible characters and spaces at its edges. */
export const isPlainName = (name: string): boolean => !forbidden.test(name) && name === name.trim();

/**
 * Returns the skeleton of a name: equal for names that look alike, by case folding and Unicode's table of
 * confusable characters (UTS 39). The letters i, l and I and the digit 1 are one. For comparisons only.
 */
export function skeletonOf(name: string): string {
  const visible = name
    .normalize("NFKD")
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/gu, "")
    .replaceAll(/\s+/gu, " ")
    .trim();
  const folded = replaceConfusables(visible).toUpperCase().toLowerCase().normalize("NFKD");
  return replaceConfusables(folded).replaceAll("i", "l").normalize("NFC");
}
