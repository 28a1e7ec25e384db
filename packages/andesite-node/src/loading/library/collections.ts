import { basename, dirname, extname, sep } from "node:path";
import { isPlaylistFile } from "../media-files.ts";

/** Kinds of collections in the music folders. */
export const collectionKinds = ["album", "artist", "folder", "playlist"] as const;

/** Kind of a collection in the music folders. */
export type CollectionKind = (typeof collectionKinds)[number];

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

const isAscii = (text: string): boolean => !/[^ -~]/.test(text);

/** Folds case and diacritics. */
export const foldText = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Returns the folder of the album of a file: the one that contains the folder of a single disc. */
export function albumFolderOf(path: string, roots: ReadonlySet<string>): string {
  const folder = dirname(path);
  return discFolder.test(basename(folder)) && !roots.has(folder) ? dirname(folder) : folder;
}

const wordsOf = (text: string): string[] => foldText(text).match(/[\p{L}\p{N}]+/gu) ?? [];

interface Group {
  readonly kind: CollectionKind;
  readonly name: string;
  readonly identifier: string;
  /** Tracks, or the file of a playlist. Empty groups are not found. */
  readonly paths: Set<string>;
  /** Number of tracks of each artist, in an album. */
  readonly artists: Map<string | null, number>;
  /** Words of the name, and of the artist of an album that has only one. */
  words: readonly string[];
  /** Name as it is compared with a search. */
  readonly folded: string;
}

/** Groups that a file belongs to. */
interface Membership {
  readonly album: Group | undefined;
  readonly artist: Group | undefined;
  /** Folders that contain the file, or the group of a playlist. */
  readonly others: readonly Group[];
  /** Artist as it is counted in the album. */
  readonly artistName: string | null;
}

/** Albums, artists, folders and playlists of the indexed files. Each change costs the same, whatever the number of files. */
export class Collections {
  readonly #roots: ReadonlySet<string>;
  readonly #groups = new Map<string, Group>();
  readonly #files = new Map<string, Membership>();
  /** Groups by the texts of the tags, which are folded and encoded once only. */
  readonly #albums = new Map<string, Group>();
  readonly #artists = new Map<string, Group>();
  readonly #folders = new Map<string, readonly Group[]>();

  /** @param roots - Music folders, which are no collections themselves. */
  constructor(roots: readonly string[]) {
    this.#roots = new Set(roots);
  }

  /** Adds a file, or replaces one of the same path. */
  add(file: CollectionFile): void {
    const { path, artist } = file;
    this.remove(path);
    const isPlaylist = !file.isPlayable && isPlaylistFile(path);
    if (!file.isPlayable && !isPlaylist) return;
    const membership = isPlaylist ? this.#toPlaylist(path) : this.#toTrack(file);
    this.#files.set(path, membership);
    for (const group of groupsOf(membership)) group.paths.add(path);
    const { album } = membership;
    if (!album) return;
    const before = album.artists.size;
    album.artists.set(artist, (album.artists.get(artist) ?? 0) + 1);
    if (album.artists.size !== before) updateWords(album);
  }

  /** Removes a file, if it is known. */
  remove(path: string): void {
    const membership = this.#files.get(path);
    if (!membership) return;
    this.#files.delete(path);
    for (const group of groupsOf(membership)) group.paths.delete(path);
    const { album, artistName } = membership;
    const left = (album?.artists.get(artistName) ?? 0) - 1;
    if (left > 0) album?.artists.set(artistName, left);
    else if (album?.artists.delete(artistName)) updateWords(album);
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
    const found = [...this.#groups.values()].filter((group) => group.paths.size > 0 && matches(group, words));
    const foundSet = new Set(found);
    const key = words.join(" ");
    const ranked = found
      .filter((group) => !this.#hasTwin(group, foundSet))
      .map((group) => ({ group, name: group.folded, rank: rankOf(group.folded, key) }))
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          (a.name < b.name ? -1 : Number(a.name > b.name)) ||
          collectionKinds.indexOf(a.group.kind) - collectionKinds.indexOf(b.group.kind) ||
          (a.group.identifier < b.group.identifier ? -1 : 1),
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
    if (!group || group.paths.size === 0) return undefined;
    return { name: group.name, paths: [...group.paths].sort(compare) };
  }

  #toPlaylist(path: string): Membership {
    const group = this.#group("playlist", basename(path, extname(path)), `raw:${path}`);
    return { album: undefined, artist: undefined, others: [group], artistName: null };
  }

  #toTrack({ path, album, artist }: CollectionFile): Membership {
    const folder = dirname(path);
    const albumGroup =
      album === null
        ? undefined
        : memoize(this.#albums, `${folder}\n${album}`, () => {
            const id = `${encodeURIComponent(foldText(album))}:${albumFolderOf(path, this.#roots)}`;
            return this.#group("album", album, `raw:${collectionPrefix}album:${id}`);
          });
    const artistGroup =
      artist === null
        ? undefined
        : memoize(this.#artists, artist, () => {
            const id = encodeURIComponent(foldText(artist));
            return this.#group("artist", artist, `raw:${collectionPrefix}artist:${id}`);
          });
    return { album: albumGroup, artist: artistGroup, others: this.#foldersOf(folder), artistName: artist };
  }

  /** Returns the groups of a folder and of those that contain it, without the roots. */
  #foldersOf(folder: string): readonly Group[] {
    return memoize(this.#folders, folder, () => {
      const parent = dirname(folder);
      if (this.#roots.has(folder) || parent === folder) return [];
      return [this.#group("folder", basename(folder), `raw:${folder}`), ...this.#foldersOf(parent)];
    });
  }

  #group(kind: CollectionKind, name: string, identifier: string): Group {
    const existing = this.#groups.get(identifier);
    if (existing) return existing;
    const words = wordsOf(name);
    const group: Group = {
      kind,
      name,
      identifier,
      paths: new Set(),
      artists: new Map(),
      words,
      folded: words.join(" "),
    };
    this.#groups.set(identifier, group);
    return group;
  }

  #hasTwin(group: Group, found: ReadonlySet<Group>): boolean {
    if (group.kind !== "folder") return false;
    const inFolder = group.identifier.slice("raw:".length) + sep;
    const [first = ""] = group.paths;
    const { album, artist } = this.#files.get(first) ?? {};
    return [album, artist].some(
      (other) =>
        other !== undefined &&
        found.has(other) &&
        other.paths.size === group.paths.size &&
        [...other.paths].every((path) => path.startsWith(inFolder)),
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

function* groupsOf({ album, artist, others }: Membership): Generator<Group> {
  if (album) yield album;
  if (artist) yield artist;
  yield* others;
}

const rankOf = (name: string, key: string): number => (name === key ? 0 : name.startsWith(key) ? 1 : 2);

function updateWords(album: Group): void {
  const [artist] = album.artists.keys();
  album.words = wordsOf(album.artists.size === 1 && artist ? `${album.name} ${artist}` : album.name);
}

const matches = ({ words: names }: Group, words: readonly string[]): boolean =>
  words.every((word) => names.some((name) => (word.length > 1 ? name.startsWith(word) : name === word)));

function toCollection({ kind, name, identifier, paths, artists }: Group): Collection {
  const isPlaylist = kind === "playlist";
  const [artist = null] = artists.keys();
  const [first = null] = paths;
  return {
    kind,
    name,
    artist: artists.size === 1 ? artist : null,
    trackCount: isPlaylist ? null : paths.size,
    identifier,
    picturePath: isPlaylist ? null : first,
  };
}
