import { basename, dirname, extname, sep } from "node:path";
import { isPlaylistFile } from "../media-files.ts";

const kinds = ["album", "artist", "folder", "playlist"] as const;

/** Kind of a collection in the music folders. */
export type CollectionKind = (typeof kinds)[number];

/** Tracks that belong together: an album, all tracks of an artist, a folder, or a playlist file. */
export interface Collection {
  readonly kind: CollectionKind;
  readonly name: string;
  /** Artist of an album; null for several artists and for other kinds. */
  readonly artist: string | null;
  /** Number of tracks; null for a playlist, which is read when it is loaded. */
  readonly trackCount: number | null;
  /** Identifier that loads the tracks. */
  readonly identifier: string;
  /** Path of a track whose picture stands for the collection; null for a playlist. */
  readonly picturePath: string | null;
}

/** Indexed file, as far as collections depend on it. */
export interface CollectionFile {
  readonly path: string;
  readonly isPlayable: boolean;
  readonly album: string | null;
  readonly artist: string | null;
}

/** Prefix of the identifiers of albums and artists. Folders and playlists are loaded by their paths. */
export const collectionPrefix = "library:";

/** Natural sort order: track 2 before track 10. */
const { compare } = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Folder of one disc of an album. */
const discFolder = /^(?:cd|dis[ck])\s*\d{1,2}$/i;

/** Folds case and diacritics. */
const fold = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const wordsOf = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

interface Group {
  readonly kind: CollectionKind;
  readonly name: string;
  readonly identifier: string;
  /** Empty for a playlist. */
  readonly paths: string[];
  /** Artists of the tracks; more than two are not collected. */
  readonly artists: Set<string | null>;
  words: readonly string[] | undefined;
  /** Name as it is compared with a search. */
  folded: string | undefined;
}

/** Albums, artists, folders and playlists of the indexed files. */
export class Collections {
  readonly #groups = new Map<string, Group>();
  readonly #albumOf = new Map<string, Group>();
  readonly #artistOf = new Map<string, Group>();
  /** Groups by the texts of the tags, which are folded and encoded once only. */
  readonly #albums = new Map<string, Group>();
  readonly #artists = new Map<string, Group>();
  readonly #folders = new Map<string, readonly Group[]>();

  /** @param roots - Music folders, which are no collections themselves. */
  constructor(files: Iterable<CollectionFile>, roots: readonly string[]) {
    const rootSet = new Set(roots);
    for (const file of files) {
      if (file.isPlayable) this.#addTrack(file, rootSet);
      else if (isPlaylistFile(file.path)) {
        this.#group("playlist", basename(file.path, extname(file.path)), `raw:${file.path}`);
      }
    }
  }

  /**
   * Returns the collections of each kind whose names contain all these words, best matches first. Words from two
   * letters on may be prefixes. A folder is left out beside an album or artist with the same tracks.
   *
   * @param limit - Maximum number of each kind.
   */
  search(text: string, limit: number): readonly Collection[] {
    const words = wordsOf(text);
    if (words.length === 0) return [];
    const found = [...this.#groups.values()].filter((group) => matches(group, words));
    const foundSet = new Set(found);
    const key = words.join(" ");
    const ranked = found
      .filter((group) => !this.#hasTwin(group, foundSet))
      .map((group) => ({ group, name: foldedName(group) }))
      .map(({ group, name }) => ({ group, name, rank: name === key ? 0 : name.startsWith(key) ? 1 : 2 }))
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          (a.name < b.name ? -1 : Number(a.name > b.name)) ||
          kinds.indexOf(a.group.kind) - kinds.indexOf(b.group.kind),
      );
    const counts = new Map<CollectionKind, number>();
    return ranked.flatMap(({ group }) => {
      const count = counts.get(group.kind) ?? 0;
      counts.set(group.kind, count + 1);
      return count < limit ? [toCollection(group)] : [];
    });
  }

  /** Returns the name and the paths of an album or artist in natural order; undefined for another identifier. */
  find(identifier: string): { readonly name: string; readonly paths: readonly string[] } | undefined {
    const group = this.#groups.get(`raw:${identifier}`);
    return group && { name: group.name, paths: group.paths.toSorted(compare) };
  }

  #addTrack({ path, album, artist }: CollectionFile, roots: ReadonlySet<string>): void {
    const folder = dirname(path);
    if (album !== null) {
      const group = memoize(this.#albums, `${folder}\n${album}`, () => {
        const isDisc = discFolder.test(basename(folder)) && !roots.has(folder);
        const id = `${encodeURIComponent(fold(album))}:${isDisc ? dirname(folder) : folder}`;
        return this.#group("album", album, `raw:${collectionPrefix}album:${id}`);
      });
      group.paths.push(path);
      if (group.artists.size < 2) group.artists.add(artist);
      this.#albumOf.set(path, group);
    }
    if (artist !== null) {
      const group = memoize(this.#artists, artist, () => {
        const id = encodeURIComponent(fold(artist));
        return this.#group("artist", artist, `raw:${collectionPrefix}artist:${id}`);
      });
      group.paths.push(path);
      this.#artistOf.set(path, group);
    }
    for (const group of this.#foldersOf(folder, roots)) group.paths.push(path);
  }

  /** Returns the groups of a folder and of those that contain it, without the roots. */
  #foldersOf(folder: string, roots: ReadonlySet<string>): readonly Group[] {
    return memoize(this.#folders, folder, () => {
      const parent = dirname(folder);
      if (roots.has(folder) || parent === folder) return [];
      return [this.#group("folder", basename(folder), `raw:${folder}`), ...this.#foldersOf(parent, roots)];
    });
  }

  #group(kind: CollectionKind, name: string, identifier: string): Group {
    const existing = this.#groups.get(identifier);
    if (existing) return existing;
    const group: Group = {
      kind,
      name,
      identifier,
      paths: [],
      artists: new Set(),
      words: undefined,
      folded: undefined,
    };
    this.#groups.set(identifier, group);
    return group;
  }

  #hasTwin(group: Group, found: ReadonlySet<Group>): boolean {
    if (group.kind !== "folder") return false;
    const inFolder = group.identifier.slice("raw:".length) + sep;
    const [first = ""] = group.paths;
    return [this.#albumOf.get(first), this.#artistOf.get(first)].some(
      (other) =>
        other !== undefined &&
        found.has(other) &&
        other.paths.length === group.paths.length &&
        other.paths.every((path) => path.startsWith(inFolder)),
    );
  }
}

function memoize<Value>(values: Map<string, Value>, key: string, create: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = create();
  values.set(key, value);
  return value;
}

function foldedName(group: Group): string {
  group.folded ??= wordsOf(group.name).join(" ");
  return group.folded;
}

function matches(group: Group, words: readonly string[]): boolean {
  const [artist] = group.artists;
  group.words ??= wordsOf(group.artists.size === 1 && artist ? `${group.name} ${artist}` : group.name);
  const names = group.words;
  return words.every((word) =>
    names.some((name) => (word.length > 1 ? name.startsWith(word) : name === word)),
  );
}

function toCollection({ kind, name, identifier, paths, artists }: Group): Collection {
  const [artist = null] = artists;
  return {
    kind,
    name,
    artist: artists.size === 1 ? artist : null,
    trackCount: kind === "playlist" ? null : paths.length,
    identifier,
    picturePath: paths[0] ?? null,
  };
}
