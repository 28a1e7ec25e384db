import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/** Where to search. The value is the prefix of an identifier. */
export const Searcher = Object.freeze({ YOUTUBE: "ytsearch", SOUNDCLOUD: "scsearch" });
/** Where to search. */
export type Searcher = (typeof Searcher)[keyof typeof Searcher];

/** A {@link Searcher}, or its name in any case (`"YouTube"`), or its prefix. */
export type SearcherType = Searcher | (string & {});

/**
 * The searcher of a name in any case, or of a prefix exactly as it is.
 *
 * @throws InvalidTypeError when it is no string.
 * @throws OutOfRangeError for any other text.
 */
export function getSearcher(searcher: SearcherType): Searcher {
  if (typeof searcher !== "string") throw new InvalidTypeError("searcher", "a string");
  const name = searcher.toUpperCase();
  for (const [key, prefix] of Object.entries(Searcher)) {
    if (key === name || prefix === searcher) return prefix;
  }
  throw new OutOfRangeError("searcher", `one of ${Object.keys(Searcher).join(", ")}`);
}
