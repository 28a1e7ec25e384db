import { basename, extname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { collectionPrefix } from "../library/collections.ts";
import type { IndexMatch } from "../library/music-index.ts";
import type { MusicLibrary } from "../library/music-library.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { cleanText, makeTrack } from "../make-track.ts";
import { localMediaSource } from "../media-source.ts";
import type { MusicFolders } from "../music-folders.ts";
import type { TrackSource } from "./track-source.ts";

const prefix = "search:";

/** Searches in the music folders, and the albums and artists there. The results are tracks of the source `local`. */
export class LibrarySearchSource implements TrackSource {
  readonly name = "search";
  readonly searches = true;
  readonly #library: MusicLibrary;
  readonly #musicFolders: MusicFolders;

  constructor(library: MusicLibrary, musicFolders: MusicFolders) {
    this.#library = library;
    this.#musicFolders = musicFolders;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
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
