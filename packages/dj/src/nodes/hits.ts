import type { Collection, LoadedTrack } from "@asterite/andesite";
import type { QueueTrack } from "@asterite/queue";

const collectionKinds = ["album", "artist", "folder", "playlist"] as const;

/** Kind of a collection. */
type HitCollectionKind = (typeof collectionKinds)[number];

/** A track or a collection that a search has found. */
export type Hit =
  | { readonly kind: "track"; readonly track: QueueTrack }
  | { readonly kind: HitCollectionKind; readonly collection: Collection };

/** Folds case, diacritics and punctuation, to compare names with what users type. */
const fold = (text: string): string =>
  (
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(" ");

const nameOf = (hit: Hit): string => (hit.kind === "track" ? hit.track.title : hit.collection.name);

/** Returns the tracks without repetitions of the same title and author, and the collections of known kinds. */
export function toHits(tracks: readonly QueueTrack[], { collections }: LoadedTrack): readonly Hit[] {
  const seen = new Set<string>();
  const trackHits = tracks.flatMap((track): Hit[] => {
    const key = JSON.stringify([fold(track.title), fold(track.author)]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ kind: "track", track }];
  });
  const collectionHits = collections.flatMap((collection): Hit[] => {
    const kind = collectionKinds.find((one) => one === collection.kind);
    return kind === undefined ? [] : [{ kind, collection }];
  });
  return [...trackHits, ...collectionHits];
}

/**
 * Returns the hits that a text may mean: the single hit of that name, else all of that name; without any, the best
 * track, else all.
 */
export function resolveHits(text: string, hits: readonly Hit[]): readonly Hit[] {
  const name = fold(text);
  const named = name === "" ? [] : hits.filter((hit) => fold(nameOf(hit)) === name);
  if (named.length > 0) return named;
  const track = hits.find(({ kind }) => kind === "track");
  return track ? [track] : hits;
}

/** Shortens hits to a number, with up to half of it collections if there are enough tracks. */
export function shortenHits(hits: readonly Hit[], max: number): readonly Hit[] {
  const tracks = hits.filter(({ kind }) => kind === "track");
  const collections = hits.filter(({ kind }) => kind !== "track");
  const room = Math.max(Math.floor(max / 2), max - tracks.length);
  const shown = collections.slice(0, room);
  return [...shown, ...tracks.slice(0, max - shown.length)];
}
