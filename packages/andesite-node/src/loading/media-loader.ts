import { factsOfPart, TrackError } from "@asterite/audio/media";
import { cleanText } from "./clean-text.ts";
import { type CueTrackFile, toCueTrack, toTrack } from "./cue-track.ts";
import type { LoadingLimits } from "./limits.ts";
import type { Loaded, LoadedTrack } from "./loader.ts";
import { makeTrack, titleFromIdentifier } from "./make-track.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { type MediaSource, toPart } from "./media-source.ts";
import { splitPartIdentifier } from "./part-identifier.ts";
import type { Playlist, PlaylistEntry } from "./playlists.ts";
import type { ProbedMedia, ProbeResult } from "./probe/messages.ts";
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
  /** Whether entries of cue sheets that are whole files are left out. */
  readonly isFolder: boolean;
  /** Files that cue sheets divide, by their identifiers. */
  readonly divided: Map<string, Promise<ProbeResult>>;
  /** First failure; it becomes the result if no track is found. */
  firstFailure: TrackError | null;
}

/** An entry of a playlist. */
interface ResolvedEntry extends Pick<PlaylistEntry, "title" | "part"> {
  readonly source: MediaSource;
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
    const isDivided = probed.type === "media" && probed.parts.length > 0 && !source.location.part;
    if (probed.type === "media" && !isDivided)
      return { loadType: "TRACK_LOADED", tracks: [makeWhole(source, probed)] };
    const context = this.#createContext(signal, false);
    context.visited.add(source.identifier);
    const tracks =
      probed.type === "media"
        ? this.#makeParts(source, probed, context)
        : await this.#loadEntries(source, probed, context, 1);
    const name = probed.type === "media" ? (probed.parts[0]?.album ?? probed.facts.album) : probed.name;
    return toLoaded(cleanText(name) ?? titleFromIdentifier(source) ?? source.identifier, tracks, context);
  }

  /**
   * Loads a single track: a file, or a part of one.
   *
   * @throws TrackError if it cannot be played.
   */
  async loadTrack(source: MediaSource, signal: AbortSignal): Promise<LoadedTrack> {
    const probed = await this.#options.prober.probe(source.location, signal);
    if (probed.type === "playlist") throw new TrackError("This is a playlist and no track.", "COMMON");
    return makeWhole(source, probed);
  }

  /**
   * Returns the parts into which a cue sheet divides files, or one in the tags of a file divides that file. `isComplete` is
   * false if some cannot be played.
   *
   * @param identifier - Identifier of the only part to return. Default: all.
   * @throws TrackError if the file cannot be read.
   */
  async readParts(
    source: MediaSource,
    signal: AbortSignal,
    identifier?: string,
  ): Promise<{ readonly parts: readonly CueTrackFile[]; readonly isComplete: boolean }> {
    const context = this.#createContext(signal, true);
    const probed = await this.#options.prober.probe(source.location, signal);
    const entries =
      probed.type === "media"
        ? probed.parts.map((part) => ({ source, title: null, part }))
        : await this.#resolveEntries(source, probed.entries);
    if (probed.type === "media") context.divided.set(source.identifier, Promise.resolve(probed));
    const parts = await mapConcurrently(entries, this.#options.limits.concurrentProbes, async (entry) => {
      const { part } = entry;
      if (!part) return [];
      if (identifier !== undefined && toPart(entry.source, part).identifier !== identifier) return [];
      try {
        const whole = await this.#probeDivided(entry.source, context);
        return whole.type === "media" ? [toCueTrack(entry.source, whole, part)] : [];
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TrackError)) throw error;
        return [];
      }
    });
    const expected = probed.type === "media" ? probed.parts : probed.entries.filter(({ part }) => part);
    return { parts: parts.flat(), isComplete: parts.flat().length === expected.length };
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
    const context = this.#createContext(signal, true);
    context.omitted = omitted;
    context.remainingEntries = this.#options.limits.folderEntries;
    const tracks = await mapConcurrently(sources, this.#options.limits.concurrentProbes, (source) =>
      this.#loadSource(
        { source, title: titleFromIdentifier(source) },
        context,
        this.#options.limits.playlistDepth - 1,
      ),
    );
    return toLoaded(name, withoutDivided(tracks.flat()), context);
  }

  #createContext(signal: AbortSignal, isFolder: boolean): LoadContext {
    return {
      signal,
      isFolder,
      divided: new Map(),
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
    const entries = context.isFolder ? playlist.entries.filter(({ part }) => part) : playlist.entries;
    const [first, ...others] = await this.#resolveEntries(playlistSource, entries);
    if (!first) return [];
    const firstTracks = await this.#loadSource(first, context, depth);
    // Playlists of stations list mirrors of the same stream.
    if (firstTracks[0]?.track.info.isStream) return firstTracks.slice(0, 1);
    const rest = await mapConcurrently(others, this.#options.limits.concurrentProbes, (entry) =>
      this.#loadSource(entry, context, depth),
    );
    return [...firstTracks, ...rest.flat()];
  }

  async #resolveEntries(
    playlistSource: MediaSource,
    entries: readonly PlaylistEntry[],
  ): Promise<readonly ResolvedEntry[]> {
    // The tracks of a cue sheet are parts of the same file.
    const sources = new Map<string, Promise<MediaSource | null>>();
    for (const { target } of entries)
      if (!sources.has(target)) sources.set(target, this.#options.resolveEntry(target, playlistSource));
    const resolved = await Promise.all(
      entries.map(async ({ target, title, part }) => {
        const source = await sources.get(target);
        return source ? [{ source, title, part }] : [];
      }),
    );
    return resolved.flat();
  }

  async #loadSource(
    { source, title, part }: ResolvedEntry,
    context: LoadContext,
    depth: number,
  ): Promise<readonly LoadedTrack[]> {
    if (context.remainingEntries <= 0) {
      context.omitted += 1;
      return [];
    }
    context.remainingEntries -= 1;
    try {
      const probed = part
        ? await this.#probeDivided(source, context)
        : await this.#options.prober.probe(source.location, context.signal);
      if (probed.type === "media") {
        if (part) return [toTrack(toCueTrack(source, probed, part))];
        if (probed.parts.length === 0) return [makeTrack(source, probed, title)];
        // The file itself is no track.
        context.remainingEntries += 1;
        return this.#makeParts(source, probed, context);
      }
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

  /** Returns the tracks into which a cue sheet in the tags divides a file. */
  #makeParts(source: MediaSource, probed: ProbedMedia, context: LoadContext): readonly LoadedTrack[] {
    const parts = probed.parts.slice(0, Math.max(0, context.remainingEntries));
    context.omitted += probed.parts.length - parts.length;
    context.remainingEntries -= parts.length;
    return parts.flatMap((part) => {
      try {
        return [toTrack(toCueTrack(source, probed, part))];
      } catch (error) {
        if (!(error instanceof TrackError)) throw error;
        context.firstFailure ??= error;
        return [];
      }
    });
  }

  /** Probes a file that a cue sheet divides once for all of its tracks. */
  #probeDivided(
    { identifier, location }: MediaSource,
    { divided, signal }: LoadContext,
  ): Promise<ProbeResult> {
    const probing = divided.get(identifier) ?? this.#options.prober.probe(location, signal);
    divided.set(identifier, probing);
    return probing;
  }
}

/** Creates the track of a file, or of the part of it that the source names. */
function makeWhole(source: MediaSource, probed: ProbedMedia): LoadedTrack {
  const { part } = source.location;
  return makeTrack(source, part ? { ...probed, facts: factsOfPart(probed.facts, part) } : probed, null);
}

/** Removes files of which there are parts, and tracks that occur again. */
function withoutDivided(tracks: readonly LoadedTrack[]): readonly LoadedTrack[] {
  const byIdentifier = new Map(tracks.map((each) => [each.track.info.identifier, each]));
  for (const identifier of [...byIdentifier.keys()]) {
    const split = splitPartIdentifier(identifier);
    if (split) byIdentifier.delete(split.whole);
  }
  return [...byIdentifier.values()];
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
