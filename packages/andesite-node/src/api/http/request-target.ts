import { Query } from "./query.ts";

/** Where a request goes to. */
export interface RequestTarget {
  /** Parts of the path between its slashes, decoded; null where a percent-encoding means nothing. */
  readonly segments: readonly string[] | null;
  readonly query: Query;
}

const authority = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** Reads the target of a request line, which never fails: what is no path matches no route. */
export function parseRequestTarget(url: string): RequestTarget {
  const [beforeFragment = ""] = url.replace(authority, "").split("#", 1);
  const mark = beforeFragment.indexOf("?");
  const path = mark < 0 ? beforeFragment : beforeFragment.slice(0, mark);
  return { segments: parsePath(path), query: new Query(mark < 0 ? "" : beforeFragment.slice(mark + 1)) };
}

/** Splits a path; a slash at its end changes nothing. */
export function parsePath(path: string): readonly string[] | null {
  const parts = path.replace(/^\//, "").replace(/\/$/, "").split("/");
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}
