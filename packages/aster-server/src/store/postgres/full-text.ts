/** Lexemes have a bound of 2046 bytes, and nobody looks for longer words. */
const maxWordLength = 200;
/** What surrounds a word that was found, in words on both sides together. */
const snippetWords = 16;
const highlightMark = "**";

const wordPattern = /[\p{L}\p{N}\p{Co}\p{M}]+/gu;

/** Case, accents and compatibility forms do not count. */
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
 * The words of a text as a `tsvector` literal without positions. They are cut here and not by PostgreSQL, whose
 * idea of a letter depends on how the database was made.
 */
export const toTsVector = (text: string): string => [...new Set(foldWords(text))].map(quoteLexeme).join(" ");

/** Every word must occur, the last one perhaps only as a beginning. Undefined if there is none to look for. */
export function toTsQuery(words: string): string | undefined {
  const all = foldWords(words);
  return all.length === 0 ? undefined : `${all.map(quoteLexeme).join(" & ")}:*`;
}

/** A part of a text around the first word that was looked for, with all of them marked. */
export function createSnippet(text: string, words: string): string {
  const sought = foldWords(words);
  const last = sought.at(-1) ?? "";
  const isSought = (word: string): boolean => {
    const plain = foldWord(word);
    return sought.includes(plain) || plain.startsWith(last);
  };
  const found = [...text.matchAll(wordPattern)].map((match) => {
    return { at: match.index, end: match.index + match[0].length, isHit: isSought(match[0]) };
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
