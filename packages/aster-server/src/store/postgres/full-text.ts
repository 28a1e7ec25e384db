/** Maximum word length in characters. Lexemes are limited to 2046 bytes. */
const maxWordLength = 200;
/** Length of a snippet in words. */
const snippetWords = 16;
const highlightMark = "**";

const wordPattern = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;

/** Normalizes a word for comparison: ignores case, accents and compatibility forms. */
const foldWord = (word: string): string =>
  word
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .slice(0, maxWordLength);

const foldWords = (text: string): string[] =>
  (text.match(wordPattern) ?? []).map(foldWord).filter((word) => word !== "");

const quoteLexeme = (word: string): string => `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

/**
 * Returns the words of a text as a `tsvector` literal without positions. Tokenized here and not by
 * PostgreSQL, whose character classes depend on the locale of the database.
 */
export const toTsVector = (text: string): string => [...new Set(foldWords(text))].map(quoteLexeme).join(" ");

/**
 * Returns a `tsquery` literal that requires all words, the last one as a prefix. Returns undefined if there
 * are none.
 */
export function toTsQuery(words: string): string | undefined {
  const all = foldWords(words);
  return all.length === 0 ? undefined : `${all.map(quoteLexeme).join(" & ")}:*`;
}

/** Returns an excerpt of a text around the first match, with all matches enclosed in `**`. */
export function createSnippet(text: string, words: string): string {
  const searchWords = foldWords(words);
  const prefix = searchWords.at(-1) ?? "";
  const isMatch = (word: string): boolean => {
    const plain = foldWord(word);
    return searchWords.includes(plain) || plain.startsWith(prefix);
  };
  const found = [...text.matchAll(wordPattern)].map((match) => {
    return { at: match.index, end: match.index + match[0].length, isHit: isMatch(match[0]) };
  });
  const hit = Math.max(
    0,
    found.findIndex(({ isHit }) => isHit),
  );
  const from = Math.max(0, Math.min(hit - snippetWords / 2, found.length - snippetWords));
  const shown = found.slice(from, from + snippetWords);
  const isWholeStart = from === 0;
  const isWholeEnd = from + snippetWords >= found.length;
  let at = isWholeStart ? 0 : (shown[0]?.at ?? 0);
  let snippet = isWholeStart ? "" : "…";
  for (const { at: begin, end, isHit } of shown) {
    const word = text.slice(begin, end);
    snippet += text.slice(at, begin) + (isHit ? `${highlightMark}${word}${highlightMark}` : word);
    at = end;
  }
  return isWholeEnd ? snippet + text.slice(at) : `${snippet}…`;
}
