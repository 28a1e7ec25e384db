import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/** Search providers. The value is the prefix of an identifier. */
export const Searcher = /* @__PURE__ */ Object.freeze({ YOUTUBE: "ytsearch", SOUNDCLOUD: "scsearch" });
/** Prefix of a search provider. */
export type Searcher = (typeof Searcher)[keyof typeof Searcher];

/** A {@link Searcher}, its name in any case (`"YouTube"`), or its prefix (`"ytsearch"`). */
export type SearcherType = Searcher | (string & {});

/**
 * Returns the searcher for a name, in any case, or for an exact prefix.
 *
 * @throws InvalidTypeError when the value is not a string.
 * @throws OutOfRangeError for an unknown name or prefix.
 */
export function getSearcher(searcher: SearcherType): Searcher {
  if (typeof searcher !== "string") throw new InvalidTypeError("searcher", "a string");
  const name = searcher.toUpperCase();
  for (const [key, prefix] of Object.entries(Searcher)) {
    if (key === name || prefix === searcher) return prefix;
  }
  throw new OutOfRangeError("searcher", `one of ${Object.keys(Searcher).join(", ")}`);
}
