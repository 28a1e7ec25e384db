import { TrackError } from "@asterite/audio/media";
import type { LoadingLimits } from "./limits.ts";
import type { Loaded, LoadedTrack } from "./loader.ts";
import { cleanText, makeTrack, titleFromIdentifier } from "./make-track.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { MediaSource } from "./media-source.ts";
import type { Playlist, PlaylistEntry } from "./playlists.ts";
import type { Prober } from "./probe/prober.ts";

/** Options of {@link MediaLoader}. */
export interface MediaLoaderOptions {
  readonly limits: LoadingLimits;
  readonly prober: Pick<Prober, "probe">;
  /** Resolves an entry of a playlist; null if it cannot or must not be read. */
  readonly resolveEntry: (target: string, playlist: MediaSource) => Promise<MediaSource | null>;
}

/** State of one load, shared by nested playlists. */
interface LoadContext {
  readonly signal: AbortSignal;
  readonly visited: Set<string>;
  remainingEntries: number;
  /** Entries beyond a limit. */
  omitted: number;
  /** First failure; it becomes the result if no track is found. */
  firstFailure: TrackError | null;
}

/** Loads files and addresses: tracks, radio stations, and playlists, which may be nested. */
export class MediaLoader {
  readonly #options: MediaLoaderOptions;

  constructor(options: MediaLoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads a single file or address.
   *
   * @throws TrackError when no track can be loaded.
   */
  async load(source: MediaSource, signal: AbortSignal): Promise<Loaded> {
    const probed = await this.#options.prober.probe(source.location, signal);
    if (probed.type === "media")
      return { loadType: "TRACK_LOADED", tracks: [makeTrack(source, probed, null)] };
    const context = this.#createContext(signal);
    context.visited.add(source.identifier);
    const tracks = await this.#loadEntries(source, probed, context, 1);
    return toLoaded(
      cleanText(probed.name) ?? titleFromIdentifier(source) ?? source.identifier,
      tracks,
      context,
    );
  }

  /**
   * Loads several files as one playlist, without those that cannot be played.
   *
   * @param omitted - Number of further files, beyond a limit.
   */
  async loadAll(
    name: string,
    sources: readonly MediaSource[],
    omitted: number,
    signal: AbortSignal,
  ): Promise<Loaded> {
    const context = this.#createContext(signal);
    context.omitted = omitted;
    context.remainingEntries = this.#options.limits.folderEntries;
    const tracks = await mapConcurrently(sources, this.#options.limits.concurrentProbes, (source) =>
      this.#loadSource(source, titleFromIdentifier(source), context, this.#options.limits.playlistDepth),
    );
    return toLoaded(name, tracks.flat(), context);
  }

  #createContext(signal: AbortSignal): LoadContext {
    return {
      signal,
      visited: new Set(),
      remainingEntries: this.#options.limits.playlistEntries,
      omitted: 0,
      firstFailure: null,
    };
  }

  async #loadEntries(
    playlistSource: MediaSource,
    playlist: Playlist,
    context: LoadContext,
    depth: number,
  ): Promise<LoadedTrack[]> {
    context.omitted += playlist.omitted;
    const [first, ...others] = await this.#resolveEntries(playlistSource, playlist.entries);
    if (!first) return [];
    const firstTracks = await this.#loadSource(first.source, first.title, context, depth);
    // Playlists of stations list mirrors of the same stream.
    if (firstTracks[0]?.track.info.isStream) return firstTracks.slice(0, 1);
    const rest = await mapConcurrently(others, this.#options.limits.concurrentProbes, ({ source, title }) =>
      this.#loadSource(source, title, context, depth),
    );
    return [...firstTracks, ...rest.flat()];
  }

  async #resolveEntries(playlistSource: MediaSource, entries: readonly PlaylistEntry[]) {
    const sources = await Promise.all(
      entries.map(async ({ target, title }) => ({
        title,
        source: await this.#options.resolveEntry(target, playlistSource),
      })),
    );
    return sources.flatMap(({ title, source }) => (source ? [{ title, source }] : []));
  }

  async #loadSource(
    source: MediaSource,
    title: string | null,
    context: LoadContext,
    depth: number,
  ): Promise<LoadedTrack[]> {
    if (context.remainingEntries <= 0) {
      context.omitted += 1;
      return [];
    }
    context.remainingEntries -= 1;
    try {
      const probed = await this.#options.prober.probe(source.location, context.signal);
      if (probed.type === "media") return [makeTrack(source, probed, title)];
      if (depth >= this.#options.limits.playlistDepth || context.visited.has(source.identifier)) return [];
      context.visited.add(source.identifier);
      return await this.#loadEntries(source, probed, context, depth + 1);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof TrackError)) throw error;
      context.firstFailure ??= error;
      return [];
    }
  }
}

function toLoaded(name: string, tracks: readonly LoadedTrack[], context: LoadContext): Loaded {
  const [first, ...others] = tracks;
  if (!first) {
    if (context.firstFailure) throw context.firstFailure;
    return { loadType: "NO_MATCHES" };
  }
  if (others.length === 0 && first.track.info.isStream) return { loadType: "TRACK_LOADED", tracks: [first] };
  return { loadType: "PLAYLIST_LOADED", name, selectedTrack: null, tracks, omitted: context.omitted };
}
