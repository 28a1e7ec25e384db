/** Returns the Damerau–Levenshtein distance (optimal string alignment) of two words. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1;
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swapped =
        isSwapped && row > 1 && column > 1 ? (beforeLast[column - 2] ?? 0) + 1 : Number.MAX_VALUE;
      const kept = (last[column - 1] ?? 0) + cost;
      next.push(Math.min(kept, (last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, swapped));
    }
    [beforeLast, last] = [last, next];
  }
  return last[other.length] ?? 0;
}

/**
 * Length of the words that are taken for misspelled names, and of these names, in characters: most short words
 * are similar to some short alias.
 */
const [minLength, maxLength] = [4, 32];

/** Shortest alias that is suggested, in characters. */
const minAliasLength = 5;

/** Returns the name or alias that a word probably misspells; undefined for a command of another bot. */
export function findMisspelled(
  word: string,
  { name, aliases }: { readonly name: string; readonly aliases: readonly string[] },
): string | undefined {
  // Words of other bots are similar to some short alias: `bank` to `back`.
  const names = [name, ...aliases.filter(({ length }) => length >= minAliasLength)];
  return names.find((each) => isMisspelled(word, each));
}

/** Returns whether a word is probably a misspelled name. */
function isMisspelled(word: string, name: string): boolean {
  if (word.length < minLength || word.length > maxLength || name.length < minLength) return false;
  const distance = editDistance(word.toLowerCase(), name.toLowerCase());
  return distance === 1 || (distance === 2 && name.length > 6);
}
