/** Part of an excerpt. */
export interface ExcerptPart {
  readonly text: string;
  /** Whether the part matches a searched word. */
  readonly isHit: boolean;
}

/** Characters of scripts without spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
/** Length of the text before the first hit in an excerpt. */
const leadLength = 60;

const foldCharacter = (character: string): string =>
  character.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** Folds a text like the search of the server, without case and accents, with the origin of each code unit. */
function fold(text: string): { readonly folded: string; readonly origins: readonly number[] } {
  let folded = "";
  const origins: number[] = [];
  let at = 0;
  for (const character of text) {
    const part = foldCharacter(character);
    for (let index = 0; index < part.length; index++) origins.push(at);
    folded += part;
    at += character.length;
  }
  origins.push(text.length);
  return { folded, origins };
}

/** Returns the pattern of a folded word, which contains letters and digits only. */
function patternOf(word: string, isLast: boolean): RegExp {
  const start = unspaced.test(word) ? "" : "(?<![\\p{L}\\p{N}])";
  const end = isLast || unspaced.test(word) ? "" : "(?![\\p{L}\\p{N}])";
  return new RegExp(`${start}${word}${end}`, "gu");
}

/** Returns the ranges of a text that match a word, the last word as a prefix. Adjacent ranges are joined. */
function findHits(text: string, words: string): [from: number, to: number][] {
  const wanted = [...fold(words).folded.matchAll(wordPattern)].map(([word]) => word);
  const { folded, origins } = fold(text);
  const found = wanted.flatMap((word, index) =>
    [...folded.matchAll(patternOf(word, index === wanted.length - 1))].map((match): [number, number] => [
      origins[match.index] ?? 0,
      origins[match.index + word.length] ?? text.length,
    ]),
  );
  const joined: [from: number, to: number][] = [];
  for (const [from, to] of found.sort(([one], [other]) => one - other)) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** Returns an excerpt of a text around the first hit, of at most about `length` characters. */
export function excerptOf(text: string, words: string, length: number): ExcerptPart[] {
  const hits = findHits(text, words);
  const first = hits[0]?.[0] ?? 0;
  const lead = text.slice(Math.max(0, first - leadLength), first);
  // Begins with a whole word, where there is one.
  const isWhole = first <= leadLength;
  const start = isWhole ? 0 : first - lead.length + (/\s/.exec(lead)?.index ?? 0);
  const end = Math.min(text.length, start + length);
  const parts: ExcerptPart[] = start > 0 ? [{ text: "…", isHit: false }] : [];
  let at = start;
  const push = (to: number, isHit: boolean): void => {
    if (to > at) parts.push({ text: text.slice(at, to), isHit });
    at = Math.max(at, to);
  };
  for (const [from, to] of hits) {
    if (from >= end) break;
    push(from, false);
    push(to, true);
  }
  push(end, false);
  if (at < text.length) parts.push({ text: "…", isHit: false });
  return parts;
}
