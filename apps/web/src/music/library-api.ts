import * as v from "@asterite/util/schema";

const text = v.stringOf(0, 1000);
const count = v.integer(0);
const key = v.stringOf(1, 100);

const track = v.object({
  kind: v.oneOf("track"),
  /** Absent for an entry of a playlist, which cannot be played alone. */
  key: v.optional(key),
  name: text,
  artist: v.nullable(text),
  album: v.nullable(text),
  lengthMs: v.nullable(v.number),
  disc: v.nullable(count),
  number: v.nullable(count),
});

const group = v.object({
  kind: v.oneOf("album", "artist", "folder", "playlist"),
  key,
  name: text,
  artist: v.nullable(text),
  /** Null for a playlist. */
  trackCount: v.nullable(count),
  groupCount: count,
  artworkUrl: v.nullable(v.stringOf(0, 4000)),
});

/** Track in the music library. */
export type LibraryTrack = v.OutputOf<typeof track>;
/** Album, artist, folder or playlist in the music library. */
export type LibraryGroup = v.OutputOf<typeof group>;
/** Item of the music library. */
export type LibraryItem = LibraryTrack | LibraryGroup;
/** Kind of an item. */
export type LibraryKind = LibraryItem["kind"];

/** Kinds in the order in which the page shows them. */
export const libraryKinds = ["album", "artist", "folder", "playlist", "track"] as const;

const maxItems = 200;
const page = v.object({
  parent: v.optional(group),
  counts: v.optional(v.object({ album: count, artist: count, folder: count, playlist: count, track: count })),
  total: count,
  items: v.array(v.unknown, maxItems),
});

/** Part of the items of a list. */
export interface LibraryPage extends Omit<v.OutputOf<typeof page>, "items"> {
  readonly items: readonly LibraryItem[];
}

/** List of items: those of a kind that match a search, or the content of a group. */
export type LibraryQuery =
  | { readonly kind: LibraryKind; readonly q: string; readonly sort?: "name" | "added" | "random" }
  | { readonly in: string };

/** Reason why a page of the library could not be loaded. */
export class LibraryError extends Error {
  /** Whether the link has expired, so that the next one may work. */
  readonly isExpired: boolean;

  constructor(message: string, isExpired: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isExpired = isExpired;
  }
}

function toItem(value: unknown): LibraryItem[] {
  const isTrack = typeof value === "object" && value !== null && "kind" in value && value.kind === "track";
  const item = isTrack ? track(value) : group(value);
  return item instanceof v.Mismatch ? [] : [item];
}

/**
 * Loads a part of a list.
 *
 * @param link - Link of the bot.
 * @throws LibraryError; the signal's reason.
 */
export async function fetchLibrary(
  link: string,
  query: LibraryQuery,
  range: { readonly offset: number; readonly limit: number },
  signal: AbortSignal,
): Promise<LibraryPage> {
  const url = new URL(link);
  for (const [name, value] of Object.entries({ ...query, ...range }))
    url.searchParams.set(name, String(value));
  let body: unknown;
  try {
    const response = await fetch(url, { signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (!response.ok) throw new LibraryError(`status ${response.status}`, response.status === 403);
    body = await response.json();
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof LibraryError ? cause : new LibraryError("unreachable", false, { cause });
  }
  const parsed = page(body);
  if (parsed instanceof v.Mismatch) throw new LibraryError("unexpected response", false);
  return { ...parsed, items: parsed.items.flatMap(toItem) };
}

/** Returns the URL of the picture of a group, which is on the server of the link; undefined if it has none. */
export function pictureUrl(link: string, { artworkUrl }: LibraryGroup): string | undefined {
  const [base = ""] = link.split("/library/", 1);
  return artworkUrl !== null && /^\/artwork\/[\w-]+$/.test(artworkUrl) ? base + artworkUrl : undefined;
}
