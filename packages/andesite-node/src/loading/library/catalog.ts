import { hash } from "node:crypto";
import { basename, dirname, extname } from "node:path";
import type { MediaFacts } from "@asterite/audio/media";
import { cleanText, unknownTitle } from "../clean-text.ts";
import { isPlaylistFile } from "../media-files.ts";
import { wholeOf } from "../part-identifier.ts";
import { albumFolderOf, type CollectionKind, collectionPrefix, foldText } from "./collections.ts";

/** Indexed file, as far as the catalog depends on it. */
export interface CatalogFile {
  readonly path: string;
  readonly modifiedMs: number;
  /** Null for a file that cannot be played. */
  readonly facts: MediaFacts | null;
  /** Path of the cue sheet that the track is of, or of the file with the sheet in its tags; null for a file. */
  readonly sheet: string | null;
}

/** Track of the catalog. */
export interface CatalogTrack {
  readonly kind: "track";
  /** Name of the track in links, which does not reveal its path. The same on every node with the same paths. */
  readonly key: string;
  readonly path: string;
  readonly title: string;
  readonly artist: string | null;
  readonly album: string | null;
  /** Null if unknown. */
  readonly lengthMs: number | null;
  readonly discNumber: number | null;
  readonly trackNumber: number | null;
  readonly hasPicture: boolean;
  /** Time of the last change of the file, in ms since 1970. */
  readonly addedMs: number;
}

/** Album, artist, folder or playlist of the catalog. */
export interface CatalogGroup {
  readonly kind: CollectionKind;
  readonly key: string;
  readonly name: string;
  /** Path of a folder or playlist. */
  readonly path: string | null;
  /** Artist of an album; null for several artists and for other kinds. */
  readonly artist: string | null;
  /** Tracks in order: by disc and number in albums, and by album before that. Empty for a playlist. */
  readonly tracks: readonly CatalogTrack[];
  /** Albums of an artist, or folders in a folder. */
  readonly groups: readonly CatalogGroup[];
  readonly addedMs: number;
}

/** Track or group. */
export type CatalogItem = CatalogTrack | CatalogGroup;

/** Item with the texts by which it is found and sorted. */
interface Entry<Item extends CatalogItem> {
  readonly item: Item;
  /** Words of its names, each after a space. */
  readonly words: string;
}

interface TrackEntry extends Entry<CatalogTrack> {
  /** Text by which it sorts in groups. */
  readonly order: string;
  readonly titleOrder: string;
}

interface GroupDraft extends Omit<CatalogGroup, "artist" | "tracks" | "groups" | "addedMs"> {
  readonly order: string;
  readonly artists: Set<string | null>;
  readonly tracks: TrackEntry[];
  readonly groups: Set<GroupDraft>;
  addedMs: number;
}

/** Returns the name of a file or group in links: 96 bits of a hash. */
const keyOf = (identifier: string): string => hash("sha256", identifier, "base64url").slice(0, 16);

const wordsOf = (...texts: readonly (string | null)[]): string =>
  (foldText(texts.join(" ")).match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => ` ${word}`).join("");

/** Above every number in a tag. */
const lastNumber = 99_999_999;

const padNumber = (number: number | string): string => String(number).padStart(8, "0");

/** Returns a text that sorts in natural order: track 2 before track 10. */
const orderOf = (text: string): string => foldText(text).replace(/\d+/g, padNumber);

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
const byOrder = (one: { readonly order: string }, other: { readonly order: string }): number =>
  compare(one.order, other.order);

/**
 * Returns a text by which tracks sort by album, disc, cue sheet and number; tracks without a number follow in order of their
 * paths. The sheets of several sides or discs often have no number of the disc.
 */
export function albumOrderOf(
  { path, facts, sheet }: Pick<CatalogFile, "path" | "sheet"> & { readonly facts: MediaFacts },
  roots: ReadonlySet<string>,
  order: (text: string) => string = orderOf,
): string {
  const file = wholeOf(path);
  return [
    order(albumFolderOf(file, roots)),
    order(facts.album ?? ""),
    padNumber(facts.discNumber ?? discOf(file)),
    order(sheet ?? ""),
    padNumber(facts.trackNumber ?? lastNumber),
    order(dirname(file)),
    orderOf(path.slice(dirname(file).length)),
  ].join("\n");
}

/** Collects the files of a {@link Catalog}. */
export class CatalogBuilder {
  readonly #roots: ReadonlySet<string>;
  readonly #tracks: TrackEntry[] = [];
  readonly #groups = new Map<string, GroupDraft>();
  readonly #folders = new Map<string, GroupDraft | undefined>();
  readonly #loose: TrackEntry[] = [];
  /** Orders of folders and albums, of which many files have the same. */
  readonly #orders = new Map<string, string>();

  /** @param roots - Music folders, whose content is at the top of the folders. */
  constructor(roots: readonly string[]) {
    this.#roots = new Set(roots);
  }

  add({ path, modifiedMs, facts, sheet }: CatalogFile): void {
    if (!facts) {
      if (isPlaylistFile(path)) this.#addPlaylist(path, modifiedMs);
      return;
    }
    const file = wholeOf(path);
    const name = basename(file, extname(file));
    const [artist, album] = [cleanText(facts.author), cleanText(facts.album)];
    const item: CatalogTrack = {
      kind: "track",
      key: keyOf(`raw:${path}`),
      path,
      title: cleanText(facts.title) ?? cleanText(name) ?? unknownTitle,
      artist,
      album,
      lengthMs: facts.durationMs,
      discNumber: facts.discNumber,
      trackNumber: facts.trackNumber,
      hasPicture: facts.hasPicture,
      addedMs: modifiedMs,
    };
    const order = albumOrderOf({ path, facts, sheet }, this.#roots, this.#orderOf);
    const titleOrder = orderOf(item.title);
    const entry = { item, words: wordsOf(item.title, artist, album, name), order, titleOrder };
    this.#tracks.push(entry);
    this.#addToGroups(entry, dirname(file), albumFolderOf(file, this.#roots));
  }

  build(): Catalog {
    const built = new Map<GroupDraft, CatalogGroup>();
    const toGroup = (draft: GroupDraft): CatalogGroup => {
      const known = built.get(draft);
      if (known) return known;
      const { kind, key, name, path, artists, tracks, groups, addedMs } = draft;
      const [artist = null] = artists;
      const group: CatalogGroup = {
        kind,
        key,
        name,
        path,
        artist: kind === "album" && artists.size === 1 ? artist : null,
        tracks: tracks.sort(byOrder).map(({ item }) => item),
        groups: [...groups].sort(byOrder).map(toGroup),
        addedMs,
      };
      built.set(draft, group);
      return group;
    };
    const drafts = [...this.#groups.values()].sort(byOrder);
    const groups = drafts.map((draft) => {
      const item = toGroup(draft);
      return { item, words: wordsOf(item.name, item.artist) };
    });
    const tops = drafts.filter(({ kind, path }) => kind === "folder" && this.#roots.has(dirname(path ?? "")));
    return new Catalog(
      groups,
      this.#tracks.sort((one, other) => compare(one.titleOrder, other.titleOrder)),
      {
        groups: tops.map(toGroup),
        tracks: this.#loose.sort(byOrder).map(({ item }) => item),
      },
    );
  }

  readonly #orderOf = (text: string): string => {
    const known = this.#orders.get(text);
    if (known !== undefined) return known;
    const order = orderOf(text);
    this.#orders.set(text, order);
    return order;
  };

  #addPlaylist(path: string, addedMs: number): void {
    const name = basename(path, extname(path));
    this.#group("playlist", name, `raw:${path}`, path, addedMs);
  }

  #addToGroups(entry: TrackEntry, folder: string, albumFolder: string): void {
    const { artist, album, addedMs } = entry.item;
    const albumGroup =
      album === null
        ? undefined
        : this.#group(
            "album",
            album,
            `${collectionPrefix}album:${foldText(album)}:${albumFolder}`,
            null,
            addedMs,
          );
    const artistGroup =
      artist === null
        ? undefined
        : this.#group("artist", artist, `${collectionPrefix}artist:${foldText(artist)}`, null, addedMs);
    const folderGroup = this.#folder(folder, addedMs);
    for (const group of [albumGroup, artistGroup, folderGroup]) group?.tracks.push(entry);
    if (!folderGroup) this.#loose.push(entry);
    albumGroup?.artists.add(artist);
    if (albumGroup) artistGroup?.groups.add(albumGroup);
  }

  /** Returns the group of a folder below the roots, and adds it to the folder that contains it. */
  #folder(path: string, addedMs: number): GroupDraft | undefined {
    if (this.#folders.has(path)) {
      const known = this.#folders.get(path);
      if (known) known.addedMs = Math.max(known.addedMs, addedMs);
      return known;
    }
    const parent = dirname(path);
    const isOutside = this.#roots.has(path) || parent === path;
    const group = isOutside ? undefined : this.#group("folder", basename(path), `raw:${path}`, path, addedMs);
    this.#folders.set(path, group);
    if (group) this.#folder(parent, addedMs)?.groups.add(group);
    return group;
  }

  #group(
    kind: CollectionKind,
    name: string,
    identifier: string,
    path: string | null,
    addedMs: number,
  ): GroupDraft {
    const known = this.#groups.get(identifier);
    if (known) {
      known.addedMs = Math.max(known.addedMs, addedMs);
      return known;
    }
    const key = keyOf(identifier);
    const group: GroupDraft = {
      kind,
      key,
      order: this.#orderOf(name),
      name,
      path,
      artists: new Set(),
      tracks: [],
      groups: new Set(),
      addedMs,
    };
    this.#groups.set(identifier, group);
    return group;
  }
}

/** Returns the tracks in a folder and the folders in it, in order. */
export const tracksBelow = ({ tracks, groups }: CatalogGroup): readonly CatalogTrack[] => [
  ...tracks,
  ...groups.flatMap(tracksBelow),
];

/** Number in the name of the folder of one disc; 1 for other folders. */
const discOf = (path: string): number =>
  Number(/^(?:cd|dis[ck])\s*(\d{1,2})$/i.exec(basename(dirname(path)))?.[1] ?? 1);

/** Content of a group, or of the music folders. */
export interface CatalogContent {
  readonly groups: readonly CatalogGroup[];
  readonly tracks: readonly CatalogTrack[];
}

/** Items of all kinds that a search has found, and those of one kind. */
export interface CatalogMatches {
  readonly counts: Readonly<Record<CollectionKind | "track", number>>;
  /** All of the kind, in order. */
  readonly items: readonly CatalogItem[];
}

/** Immutable view of all albums, artists, folders, playlists and tracks in the music folders. */
export class Catalog {
  /** Folders and tracks directly in the music folders. */
  readonly top: CatalogContent;
  readonly #groups: readonly Entry<CatalogGroup>[];
  readonly #tracks: readonly Entry<CatalogTrack>[];
  readonly #items = new Map<string, CatalogItem>();

  /** Both in order of their names. */
  constructor(
    groups: readonly Entry<CatalogGroup>[],
    tracks: readonly Entry<CatalogTrack>[],
    top: CatalogContent,
  ) {
    this.top = top;
    this.#groups = groups;
    this.#tracks = tracks;
    for (const { item } of [...groups, ...tracks]) this.#items.set(item.key, item);
  }

  /** Returns an item; undefined if the key is unknown. */
  find(key: string): CatalogItem | undefined {
    return this.#items.get(key);
  }

  /** Returns the items whose names contain a word that begins with each word of the text; all for a text without words. */
  list(kind: CollectionKind | "track", text: string): CatalogMatches {
    const words = wordsOf(text)
      .split(" ")
      .slice(1)
      .map((word) => ` ${word}`);
    const isMatch = (entry: Entry<CatalogItem>): boolean => words.every((word) => entry.words.includes(word));
    const counts = { album: 0, artist: 0, folder: 0, playlist: 0, track: 0 };
    const items: CatalogItem[] = [];
    for (const entries of [this.#groups, this.#tracks]) {
      for (const entry of entries) {
        if (!isMatch(entry)) continue;
        counts[entry.item.kind]++;
        if (entry.item.kind === kind) items.push(entry.item);
      }
    }
    return { counts, items };
  }
}
