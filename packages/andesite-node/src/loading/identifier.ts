import { rawPrefix } from "@asterite/andesite-protocol";

/** What an identifier that is no address becomes: a search on YouTube, one in the music folders, or nothing else. */
export type AutoSearch = "ytsearch" | "search" | null;

/** Of the protocols that the Java runtime knows, with what must follow for its parser to take an address. */
const urlPatterns = [
  /^(?:url:)?(?:https?|ftp):(?!\/\/[^/?#]*:[^/?#:@\]]*[^\d/?#:@\]][^/?#:@\]]*(?:[/?#]|$))/i,
  /^(?:url:)?(?:file|mailto|jmod|jrt):/i,
  /^(?:url:)?jar:.*!\//is,
];

/** Searches that are named as such; the case counts. */
const searchPrefixes = ["ytsearch:", "scsearch:", "search:"];

/**
 * What is loaded for an identifier, by the rules of `andesite-protocol`, section 13.1: addresses and known
 * searches stay as they are, `raw:` is taken off, and anything else is searched for.
 */
export function resolveIdentifier(identifier: string, autoSearch: AutoSearch): string {
  const trimmed = identifier.trim();
  if (urlPatterns.some((pattern) => pattern.test(trimmed))) return identifier;
  if (searchPrefixes.some((prefix) => identifier.startsWith(prefix))) return identifier;
  if (identifier.startsWith(rawPrefix)) return identifier.slice(rawPrefix.length);
  return autoSearch === null ? identifier : `${autoSearch}:${identifier}`;
}
