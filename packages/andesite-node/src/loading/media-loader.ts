import { TrackError } from "@asterite/audio/media";
import type { LoadingLimits } from "./limits.ts";
import type { Loaded, LoadedTrack } from "./loader.ts";
import { makeTrack, tidy } from "./make-track.ts";
import { mapInOrder } from "./map-concurrently.ts";
import type { Place } from "./media-source.ts";
import type { Playlist, PlaylistEntry } from "./playlists.ts";
import type { Probed } from "./probe/messages.ts";

/** What loading of files and addresses needs. */
export interface MediaLoaderOptions {
  readonly limits: LoadingLimits;
  readonly probe: (location: Place["location"], signal: AbortSignal) => Promise<Probed>;
  /** Where an entry of a playlist leads to; null where it must not or cannot be read. */
  readonly follow: (target: string, playlist: Place) => Promise<Place | null>;
}

/** One load: what it has been to, and how much it may still find. */
interface Walk {
  readonly signal: AbortSignal;
  readonly visited: Set<string>;
  left: number;
  /** The first failure, told where nothing was found at all. */
  failure: TrackError | null;
}

/** Loads what files and addresses hold: tracks, stations, and playlists of more of them. */
export class MediaLoader {
  readonly #options: MediaLoaderOptions;

  constructor(options: MediaLoaderOptions) {
    this.#options = options;
  }

  /** @throws TrackError where nothing can be loaded. */
  async load(place: Place, signal: AbortSignal): Promise<Loaded> {
    const probed = await this.#options.probe(place.location, signal);
    if (probed.kind === "media")
      return { loadType: "TRACK_LOADED", tracks: [makeTrack(place, probed, null)] };
    const walk = this.#walk(signal);
    walk.visited.add(place.identifier);
    const tracks = await this.#entries(place, probed, walk, 1);
    return finish(tidy(probed.name) ?? nameOf(place), tracks, walk);
  }

  /** Loads these as one playlist; what cannot be played is left out. */
  async loadAll(name: string, places: readonly Place[], signal: AbortSignal): Promise<Loaded> {
    const walk = this.#walk(signal);
    walk.left = this.#options.limits.folderEntries;
    const found = await mapInOrder(places, this.#options.limits.concurrentProbes, (place) =>
      this.#place(place, nameOf(place), walk, this.#options.limits.playlistDepth),
    );
    return finish(name, found.flat(), walk);
  }

  #walk(signal: AbortSignal): Walk {
    return { signal, visited: new Set(), left: this.#options.limits.playlistEntries, failure: null };
  }

  async #entries(from: Place, playlist: Playlist, walk: Walk, depth: number): Promise<LoadedTrack[]> {
    const [first, ...others] = await this.#places(from, playlist.entries);
    if (!first) return [];
    const start = await this.#place(first.place, first.title, walk, depth);
    // Stations list the addresses of their servers, all of which send the same.
    if (start[0]?.track.info.isStream) return start.slice(0, 1);
    const rest = await mapInOrder(others, this.#options.limits.concurrentProbes, ({ place, title }) =>
      this.#place(place, title, walk, depth),
    );
    return [...start, ...rest.flat()];
  }

  async #places(from: Place, entries: readonly PlaylistEntry[]) {
    const places = await Promise.all(
      entries.map(async ({ target, title }) => ({ title, place: await this.#options.follow(target, from) })),
    );
    return places.flatMap(({ title, place }) => (place ? [{ title, place }] : []));
  }

  async #place(place: Place, title: string | null, walk: Walk, depth: number): Promise<LoadedTrack[]> {
    if (walk.left <= 0) return [];
    walk.left -= 1;
    try {
      const probed = await this.#options.probe(place.location, walk.signal);
      if (probed.kind === "media") return [makeTrack(place, probed, title)];
      if (depth >= this.#options.limits.playlistDepth || walk.visited.has(place.identifier)) return [];
      walk.visited.add(place.identifier);
      return await this.#entries(place, probed, walk, depth + 1);
    } catch (error) {
      walk.signal.throwIfAborted();
      if (!(error instanceof TrackError)) throw error;
      walk.failure ??= error;
      return [];
    }
  }
}

function finish(name: string, tracks: readonly LoadedTrack[], walk: Walk): Loaded {
  const [first, ...others] = tracks;
  if (!first) {
    if (walk.failure) throw walk.failure;
    return { loadType: "NO_MATCHES" };
  }
  if (others.length === 0 && first.track.info.isStream) return { loadType: "TRACK_LOADED", tracks: [first] };
  return { loadType: "PLAYLIST_LOADED", name, selectedTrack: null, tracks };
}

/** The last part of a path or address, without what tells its type. */
function nameOf({ identifier, source }: Place): string {
  const path = source === "http" ? (URL.parse(identifier)?.pathname ?? "") : identifier;
  const last = path.split("/").findLast((part) => part !== "") ?? identifier;
  return tidy(last.replace(/\.[^.]+$/, "")) ?? last;
}
