import { Query } from "./query.ts";

/** Parsed request target (RFC 9112, section 3.2). */
export interface RequestTarget {
  /** The path as it was sent. */
  readonly path: string;
  /** Decoded path segments; undefined if the path has an invalid percent-encoding. */
  readonly segments: readonly string[] | undefined;
  readonly query: Query;
}

const authority = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** Parses the target of a request line. Never fails: a target that is not a path matches no route. */
export function parseRequestTarget(url: string): RequestTarget {
  const [beforeFragment = ""] = url.replace(authority, "").split("#", 1);
  const mark = beforeFragment.indexOf("?");
  const path = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  return {
    path,
    segments: parsePath(path),
    query: new Query(mark < 0 ? "" : beforeFragment.slice(mark + 1)),
  };
}

/**
 * Splits a path into decoded segments, ignoring a trailing slash. Returns undefined if the encoding is
 * invalid.
 */
export function parsePath(path: string): readonly string[] | undefined {
  const parts = path.replace(/^\//, "").replace(/\/$/, "").split("/");
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
