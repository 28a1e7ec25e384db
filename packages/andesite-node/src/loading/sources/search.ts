import { basename, extname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { MusicLibrary } from "../library/music-library.ts";
import type { Loaded } from "../loader.ts";
import { cleanText, makeTrack } from "../make-track.ts";
import { localMediaSource } from "../media-source.ts";
import type { MusicFolders } from "../music-folders.ts";
import type { TrackSource } from "./track-source.ts";

const prefix = "search:";

/** Searches in the music folders. The results are tracks of the source `local`. */
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
    if (!identifier.startsWith(prefix)) return null;
    const words = identifier.slice(prefix.length).trim();
    const files = await this.#library.search(words, signal);
    // Indexed files may have been removed since, or may be outside the folders configured now.
    const resolvedFiles = await Promise.all(
      files.map(async (file) => ({ file, resolved: await this.#musicFolders.resolve(file.path) })),
    );
    const tracks = resolvedFiles.flatMap(({ file: { path, facts }, resolved }) => {
      if (resolved === null || resolved.isFolder) return [];
      const name = basename(path, extname(path));
      return [
        makeTrack(localMediaSource(resolved), { type: "media", facts, endless: false, station: null }, name),
      ];
    });
    if (tracks.length === 0) return { loadType: "NO_MATCHES" };
    return {
      loadType: "SEARCH_RESULT",
      name: `Search results for: ${cleanText(words) ?? ""}`,
      selectedTrack: null,
      tracks,
    };
  }

  owns(): boolean {
    return false;
  }

  locate(): Promise<MediaLocation> {
    return Promise.reject(new TrackError("A search is not a track.", "COMMON"));
  }
}
