import { basename, extname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { cleanText } from "../clean-text.ts";
import { tracksBelow } from "../library/catalog.ts";
import { collectionPrefix } from "../library/collections.ts";
import type { LibraryCatalog } from "../library/library-catalog.ts";
import type { IndexMatch } from "../library/music-index.ts";
import type { MusicLibrary } from "../library/music-library.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { makeTrack } from "../make-track.ts";
import { localMediaSource } from "../media-source.ts";
import type { MusicFolders } from "../music-folders.ts";
import type { LocalTrackSource } from "./local.ts";
import type { TrackSource } from "./track-source.ts";

const prefix = "search:";
/** Identifier of an item of the catalog. */
const itemIdentifier = /^library:([\w-]{16})$/;

/** Searches in the music folders, and the albums and artists there. The results are tracks of the source `local`. */
export class LibrarySearchSource implements TrackSource {
  readonly name = "search";
  readonly searches = true;
  readonly #library: MusicLibrary;
  readonly #catalog: LibraryCatalog;
  readonly #local: Pick<LocalTrackSource, "load">;
  readonly #musicFolders: MusicFolders;

  constructor(
    library: MusicLibrary,
    catalog: LibraryCatalog,
    musicFolders: MusicFolders,
    local: Pick<LocalTrackSource, "load">,
  ) {
    this.#library = library;
    this.#catalog = catalog;
    this.#local = local;
    this.#musicFolders = musicFolders;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const [, key] = itemIdentifier.exec(identifier) ?? [];
    if (key !== undefined) return await this.#loadItem(key, signal);
    if (identifier.startsWith(collectionPrefix)) return await this.#loadCollection(identifier, signal);
    if (!identifier.startsWith(prefix)) return null;
    const words = identifier.slice(prefix.length).trim();
    const collections = await this.#library.searchCollections(words, signal);
    const tracks = await this.#toTracks(await this.#library.search(words, signal));
    if (tracks.length === 0 && collections.length === 0) return { loadType: "NO_MATCHES" };
    return {
      loadType: "SEARCH_RESULT",
      name: `Search results for: ${cleanText(words) ?? ""}`,
      selectedTrack: null,
      tracks,
      collections,
    };
  }

  /** Loads an item of the catalog; groups in the order of the catalog. */
  async #loadItem(key: string, signal: AbortSignal): Promise<Loaded> {
    const item = (await this.#catalog.get(signal)).find(key);
    if (!item) return { loadType: "NO_MATCHES" };
    if (item.kind === "track" || item.kind === "playlist") {
      return (await this.#local.load(item.path ?? "", signal)) ?? { loadType: "NO_MATCHES" };
    }
    const all = item.kind === "folder" ? tracksBelow(item) : item.tracks;
    const paths = all.map(({ path }) => path);
    const { name, files, omitted } = this.#library.readFiles(item.name, paths);
    const tracks = await this.#toTracks(files);
    if (tracks.length === 0) return { loadType: "NO_MATCHES" };
    return { loadType: "PLAYLIST_LOADED", name, selectedTrack: null, tracks, omitted };
  }

  async #loadCollection(identifier: string, signal: AbortSignal): Promise<Loaded> {
    const found = await this.#library.loadCollection(identifier, signal);
    const tracks = await this.#toTracks(found?.files ?? []);
    if (!found || tracks.length === 0) return { loadType: "NO_MATCHES" };
    const { name, omitted } = found;
    return { loadType: "PLAYLIST_LOADED", name, selectedTrack: null, tracks, omitted };
  }

  async #toTracks(files: readonly IndexMatch[]): Promise<LoadedTrack[]> {
    // Indexed files may have been removed since, or may be outside the folders configured now.
    const resolvedFiles = await Promise.all(
      files.map(async (file) => ({ file, resolved: await this.#musicFolders.resolvePart(file.path) })),
    );
    return resolvedFiles.flatMap(({ file: { path, facts }, resolved }) => {
      if (resolved === null || resolved.isFolder) return [];
      const name = basename(path, extname(path));
      return [makeTrack(localMediaSource(resolved), { facts, endless: false, station: null }, name)];
    });
  }

  owns(): boolean {
    return false;
  }

  locate(): Promise<MediaLocation> {
    return Promise.reject(new TrackError("A search is not a track.", "COMMON"));
  }
}
