import { basename, extname } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { MusicLibrary } from "../library/music-library.ts";
import type { Loaded } from "../loader.ts";
import { makeTrack, tidy } from "../make-track.ts";
import { filePlace } from "../media-source.ts";
import type { Roots } from "../music-folders.ts";
import type { Source } from "./track-source.ts";

const prefix = "search:";

/** Searches in the music folders; what it finds are tracks of the source `local`. */
export class LibrarySearch implements Source {
  readonly name = "search";
  readonly #library: MusicLibrary;
  readonly #roots: Roots;

  constructor(library: MusicLibrary, roots: Roots) {
    this.#library = library;
    this.#roots = roots;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    if (!identifier.startsWith(prefix)) return null;
    const words = identifier.slice(prefix.length).trim();
    const files = await this.#library.search(words, signal);
    // What the index holds may have gone since, or the folders may be others than those that it was made of.
    const found = await Promise.all(
      files.map(async (file) => ({ file, place: await this.#roots.find(file.path) })),
    );
    const tracks = found.flatMap(({ file: { path, facts }, place }) => {
      if (place === null || place.isFolder) return [];
      const name = basename(path, extname(path));
      return [makeTrack(filePlace(place), { kind: "media", facts, endless: false, station: null }, name)];
    });
    if (tracks.length === 0) return { loadType: "NO_MATCHES" };
    return {
      loadType: "SEARCH_RESULT",
      name: `Search results for: ${tidy(words) ?? ""}`,
      selectedTrack: null,
      tracks,
    };
  }

  owns(): boolean {
    return false;
  }

  locate(): Promise<MediaLocation> {
    return Promise.reject(new TrackError("A search is no track.", "COMMON"));
  }
}
