/** Maximum word length in characters. Lexemes are limited to 2046 bytes. */
const maxWordLength = 200;
/** Length of a snippet in words. */
const snippetWords = 16;
const highlightMark = "**";

const wordPattern = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;

/** Character of a script that separates no words, such as Han and Kana, or joins them, such as Hangul. */
const unspaced =
  "[\\p{Script_Extensions=Han}\\p{Script_Extensions=Hiragana}\\p{Script_Extensions=Katakana}\\p{Script_Extensions=Hangul}]";
const unspacedPattern = new RegExp(`${unspaced}\\p{M}*`, "gu");
/** Part of a word: an unspaced character, or the characters up to the next one. */
const partPattern = new RegExp(`${unspaced}\\p{M}*|(?:(?!${unspaced}).)+`, "gsu");

/** Word of a text, or one of its unspaced characters, each of which is a word of its own. */
interface Part {
  readonly at: number;
  readonly end: number;
  readonly folded: string;
}

/** Normalizes a word for comparison: ignores case, accents and compatibility forms. */
const foldWord = (word: string): string =>
  word
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .slice(0, maxWordLength);

/** Returns the words of a text, each as its parts, which are adjacent. */
const partsOfWords = (text: string): Part[][] =>
  [...text.matchAll(wordPattern)]
    .map((word) =>
      [...word[0].matchAll(partPattern)]
        .map((part) => {
          const at = word.index + part.index;
          return { at, end: at + part[0].length, folded: foldWord(part[0]) };
        })
        .filter(({ folded }) => folded !== ""),
    )
    .filter((parts) => parts.length > 0);

const quoteLexeme = (word: string): string => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

const isUnspaced = (part: Part, text: string): boolean =>
  text.slice(part.at, part.end).search(unspacedPattern) === 0;

/** Returns pairs of adjacent unspaced characters, by which a sequence of them is found. */
const pairsOf = (parts: readonly Part[], text: string): string[] =>
  parts.flatMap((part, index) => {
    const next = parts[index + 1];
    return next && isUnspaced(part, text) && isUnspaced(next, text) ? [part.folded + next.folded] : [];
  });

/**
 * Returns the words of a text as a `tsvector` literal without positions. Tokenized here and not by
 * PostgreSQL, whose character classes depend on the locale of the database.
 */
export function toTsVector(text: string): string {
  const normal = text.normalize("NFC");
  const lexemes = partsOfWords(normal).flatMap((parts) => [
    ...parts.map(({ folded }) => folded),
    ...pairsOf(parts, normal),
  ]);
  return [...new Set(lexemes)].map(quoteLexeme).join(" ");
}

/**
 * Returns a `tsquery` literal that requires all words, the last one as a prefix. Returns undefined if there
 * are none.
 */
export function toTsQuery(words: string): string | undefined {
  const normal = words.normalize("NFC");
  const all = partsOfWords(normal).flatMap((parts) => [
    ...pairsOf(parts, normal),
    ...parts.map(({ folded }) => folded),
  ]);
  return all.length === 0 ? undefined : `${all.map(quoteLexeme).join(" & ")}:*`;
}

/** Separates unspaced characters by spaces, for a tokenizer that splits texts at spaces. */
export const separateUnspaced = (text: string): string =>
  text.normalize("NFC").replaceAll(unspacedPattern, " $& ");

/** Returns whether the parts from `start` are those of a word; its last part may be a prefix. */
const matchesAt = (
  found: readonly Part[],
  start: number,
  word: readonly Part[],
  isPrefix: boolean,
): boolean =>
  word.every(({ folded }, offset) => {
    const part = found[start + offset];
    const isAdjacent = offset === 0 || part?.at === found[start + offset - 1]?.end;
    if (!part || !isAdjacent) return false;
    return isPrefix && offset === word.length - 1 ? part.folded.startsWith(folded) : part.folded === folded;
  });

/** Returns the parts that match one of the words, the last one as a prefix. */
function findHits(found: readonly Part[], words: readonly (readonly Part[])[]): Set<Part> {
  const hits = new Set<Part>();
  const byFirstPart = Map.groupBy(words, ([first]) => first?.folded);
  const last = words.at(-1);
  for (const [start, { folded }] of found.entries()) {
    const candidates = byFirstPart.get(folded) ?? [];
    // A prefix can begin parts that differ from it.
    const isPrefixNew = last?.length === 1 && !candidates.includes(last);
    for (const word of isPrefixNew ? [...candidates, last] : candidates) {
      if (!matchesAt(found, start, word, word === last)) continue;
      for (const part of found.slice(start, start + word.length)) hits.add(part);
    }
  }
  return hits;
}

/** Returns an excerpt of a text around the first match, with all matches enclosed in `**`. */
export function createSnippet(text: string, words: string): string {
  const found = partsOfWords(text).flat();
  const hits = findHits(found, partsOfWords(words));
  const hit = Math.max(
    0,
    found.findIndex((part) => hits.has(part)),
  );
  const from = Math.max(0, Math.min(hit - snippetWords / 2, found.length - snippetWords));
  const shown = found.slice(from, from + snippetWords);
  const isWholeStart = from === 0;
  const isWholeEnd = from + snippetWords >= found.length;
  let at = isWholeStart ? 0 : (shown[0]?.at ?? 0);
  let snippet = isWholeStart ? "" : "…";
  let isOpen = false;
  for (const part of shown) {
    const isHit = hits.has(part);
    // Adjacent matches share their marks.
    if (isOpen && (!isHit || part.at > at)) {
      snippet += highlightMark;
      isOpen = false;
    }
    snippet += text.slice(at, part.at);
    if (isHit && !isOpen) snippet += highlightMark;
    isOpen = isHit;
    snippet += text.slice(part.at, part.end);
    at = part.end;
  }
  if (isOpen) snippet += highlightMark;
  return isWholeEnd ? snippet + text.slice(at) : `${snippet}…`;
}
