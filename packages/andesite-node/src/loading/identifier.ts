import { rawPrefix } from "@asterite/andesite-protocol";

/** Search for identifiers that are neither a URL nor a search: YouTube, the music folders, or none. */
export type AutoSearch = "ytsearch" | "search" | null;

/** URLs of the protocols that the Java runtime supports, with the parts that its parser requires. */
const urlPatterns = [
  /^(?:url:)?(?:https?|ftp):(?!\/\/[^/?#]*:[^/?#:@\]]*[^\d/?#:@\]][^/?#:@\]]*(?:[/?#]|$))/i,
  /^(?:url:)?(?:file|mailto|jmod|jrt):/i,
  /^(?:url:)?jar:.*!\//is,
];

/** Prefixes of explicit searches; case-sensitive. */
const searchPrefixes = ["ytsearch:", "scsearch:", "search:"];

/**
 * Returns the identifier to load, by the rules of `andesite-protocol`, section 13.1: URLs and known searches
 * are unchanged, the prefix `raw:` is removed, and all else becomes a search.
 */
export function resolveIdentifier(identifier: string, autoSearch: AutoSearch): string {
  const trimmed = identifier.trim();
  if (urlPatterns.some((pattern) => pattern.test(trimmed))) return identifier;
  if (searchPrefixes.some((prefix) => identifier.startsWith(prefix))) return identifier;
  if (identifier.startsWith(rawPrefix)) return identifier.slice(rawPrefix.length);
  return autoSearch === null ? identifier : `${autoSearch}:${identifier}`;
}

/**
 * Returns whether `raw:` precedes one of the search prefixes: such an identifier names no search, as clients
 * that load the URI of a user expect. The searches of the original library without a prefix here, such as
 * `ytmsearch:`, still need `raw:`.
 */
export const isLiteral = (identifier: string): boolean =>
  identifier.startsWith(rawPrefix) &&
  searchPrefixes.some((prefix) => identifier.startsWith(prefix, rawPrefix.length));

/** Returns an identifier that loads as a client of Lavalink 4 expects: what is no URL and no known search is literal. */
export const withoutAutoSearch = (identifier: string): string =>
  identifier.startsWith(rawPrefix) || resolveIdentifier(identifier, "search") === identifier
    ? identifier
    : `${rawPrefix}${identifier}`;
