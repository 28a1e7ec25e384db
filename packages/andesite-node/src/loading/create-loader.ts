import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import { BoundedSemaphore, raceSignal, silentLogger } from "@asterite/util";
import { defaultUserAgent } from "../bytes/byte-settings.ts";
import { Dialler } from "../bytes/dialler.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { NodeError } from "../errors.ts";
import { isLiteral, resolveIdentifier } from "./identifier.ts";
import { LibraryCatalog } from "./library/library-catalog.ts";
import { MusicIndex } from "./library/music-index.ts";
import { MusicLibrary } from "./library/music-library.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./limits.ts";
import type { Loaded, Loader } from "./loader.ts";
import { decodePath } from "./make-track.ts";
import { isCueSheet, isMediaFile } from "./media-files.ts";
import { MediaLoader } from "./media-loader.ts";
import { httpMediaSource, localMediaSource, type MediaSource } from "./media-source.ts";
import { MusicFolders, pathOf } from "./music-folders.ts";
import { checkLoaderOptions, defaultSources, type LoaderOptions, type SourceOptions } from "./options.ts";
import type { Picture } from "./pictures/picture.ts";
import { PictureFinder } from "./pictures/picture-finder.ts";
import { Prober } from "./probe/prober.ts";
import { runLoad } from "./run-load.ts";
import { HttpTrackSource } from "./sources/http.ts";
import { LocalTrackSource } from "./sources/local.ts";
import { LibrarySearchSource } from "./sources/search.ts";
import type { TrackSource } from "./sources/track-source.ts";
import { YtDlpSource } from "./sources/yt-dlp.ts";
import { type Site, sites } from "./yt-dlp/sites.ts";
import { YtDlp } from "./yt-dlp/yt-dlp.ts";

/** Idle time of the library's probe thread: music folders rarely change after the first scan. */
const libraryIdleMs = 1_000;
/** Page size of YouTube playlists. */
const tracksPerPage = 100;

/**
 * Creates a loader. It owns threads and connections until it is closed.
 *
 * @throws NodeError `INVALID_OPTION`.
 */
export function createLoader(options: LoaderOptions = {}): Loader {
  checkLoaderOptions(options);
  return new NodeLoader(options);
}

class NodeLoader implements Loader {
  readonly enabledSources: readonly string[];
  readonly #options: LoaderOptions;
  readonly #limits: LoadingLimits;
  readonly #semaphore: BoundedSemaphore;
  readonly #prober: Prober;
  readonly #ytDlp: YtDlp | null;
  readonly #musicFolders: MusicFolders;
  readonly catalog: LibraryCatalog | null;
  readonly #library: MusicLibrary | null;
  /** Null when neither files nor HTTP addresses are loaded. */
  readonly #pictures: PictureFinder | null;
  readonly #sources: readonly TrackSource[];
  readonly #closing = new AbortController();

  constructor(options: LoaderOptions) {
    const limits = { ...defaultLoadingLimits, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#semaphore = new BoundedSemaphore(limits.concurrentLoads, limits.waitingLoads);
    this.#prober = this.#createProber(limits.probeIdleMs);
    this.#ytDlp = options.ytDlp
      ? new YtDlp({ program: options.ytDlp, dialler: createDialler(options), limits })
      : null;
    const enabled = { ...defaultSources, ...options.sources };
    this.#musicFolders = new MusicFolders(options.musicFolders ?? []);
    const index = enabled.local && enabled.search ? openIndex(options.dataFolder ?? null) : null;
    this.#library = index && this.#createLibrary(index);
    this.catalog = index && new LibraryCatalog(index, this.#musicFolders.paths);
    this.#pictures =
      enabled.local || enabled.http
        ? new PictureFinder({
            musicFolders: enabled.local ? this.#musicFolders : null,
            isHttpEnabled: enabled.http,
            prober: this.#prober,
            limits,
          })
        : null;
    this.#sources = this.#createSources(enabled);
    this.enabledSources = this.#sources.map(({ name }) => name);
  }

  async load(identifier: string, signal?: AbortSignal): Promise<Loaded> {
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new TrackError("Loading took too long.", "SUSPICIOUS")),
      this.#limits.loadMs,
    );
    const signals = [timeout.signal, this.#closing.signal, ...(signal ? [signal] : [])];
    const combined = AbortSignal.any(signals);
    try {
      if (identifier.length > this.#limits.identifierLength) {
        throw new TrackError("The identifier is too long.", "COMMON");
      }
      // Reads from a network folder may hang and do not support signals.
      return await raceSignal(
        runLoad(this.#semaphore, () => this.#loadIdentifier(identifier, combined), combined),
        combined,
      );
    } catch (error) {
      return { loadType: "LOAD_FAILED", error: this.#toTrackError(error, signal) };
    } finally {
      clearTimeout(timer);
    }
  }

  canPlay(track: Track): boolean {
    return this.#sources.some((candidate) => candidate.owns(track));
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const source = this.#sources.find((candidate) => candidate.owns(track));
    if (!source) throw new TrackError("This node does not play tracks of this source.", "COMMON");
    return await source.locate(track, AbortSignal.any([signal, this.#closing.signal]));
  }

  async readPicture(identifier: string, signal: AbortSignal): Promise<Picture | null> {
    const combined = AbortSignal.any([signal, this.#closing.signal]);
    return (await this.#pictures?.read(identifier, combined)) ?? null;
  }

  async close(): Promise<void> {
    this.catalog?.close();
    this.#closing.abort(new TrackError("The node is shutting down.", "COMMON"));
    await Promise.all([this.#prober.close(), this.#ytDlp?.close(), this.#library?.close()]);
  }

  async #loadIdentifier(identifier: string, signal: AbortSignal): Promise<Loaded> {
    const { autoSearch = "ytsearch" } = this.#options;
    const resolved = resolveIdentifier(identifier, autoSearch);
    const canSearch = !isLiteral(identifier);
    for (const source of this.#sources) {
      signal.throwIfAborted();
      if (source.searches && !canSearch) continue;
      const loaded = await source.load(resolved, signal);
      if (!loaded) continue;
      this.#logOmitted(loaded, source.name);
      return (await this.#pictures?.markFolderPictures(loaded)) ?? loaded;
    }
    return { loadType: "NO_MATCHES" };
  }

  #logOmitted(loaded: Loaded, source: string): void {
    if (loaded.loadType !== "PLAYLIST_LOADED" || !loaded.omitted) return;
    const { logger = silentLogger } = this.#options;
    logger.info(
      { source, playlist: loaded.name, tracks: loaded.tracks.length, omitted: loaded.omitted },
      "playlist cut short: more tracks than the limit",
    );
  }

  #createSources(enabled: SourceOptions): readonly TrackSource[] {
    const musicFolders = this.#musicFolders;
    const media = this.#createMediaLoader(this.#prober, enabled.http);
    const local = new LocalTrackSource(musicFolders, media, this.#limits);
    return [
      ...sites
        .filter(({ name }) => enabled[name])
        .map((site) => new YtDlpSource(site, this.#ytDlp, this.#limitsOf(site))),
      ...(this.#library && this.catalog
        ? [new LibrarySearchSource(this.#library, this.catalog, musicFolders, local)]
        : []),
      ...(enabled.http ? [new HttpTrackSource(media)] : []),
      ...(enabled.local ? [local] : []),
    ];
  }

  /** Limits of a site. The length of YouTube playlists has an option of its own, as in the original node. */
  #limitsOf({ name }: Site): LoadingLimits {
    const { maxPlaylistPages } = this.#options;
    return name === "youtube" && maxPlaylistPages !== undefined
      ? { ...this.#limits, playlistEntries: tracksPerPage * maxPlaylistPages }
      : this.#limits;
  }

  #createLibrary(index: MusicIndex): MusicLibrary {
    const { logger = silentLogger } = this.#options;
    const prober = this.#createProber(libraryIdleMs);
    return new MusicLibrary({
      musicFolders: this.#musicFolders,
      index,
      prober,
      media: this.#createMediaLoader(prober, false),
      limits: this.#limits,
      logger,
    });
  }

  #createMediaLoader(prober: Prober, isHttpEnabled: boolean): MediaLoader {
    const musicFolders = this.#musicFolders;
    return new MediaLoader({
      limits: this.#limits,
      prober,
      resolveEntry: (target, playlist) => resolveEntry(target, playlist, { musicFolders, isHttpEnabled }),
    });
  }

  #createProber(idleMs: number): Prober {
    const {
      allowPrivateAddresses = false,
      userAgent = defaultUserAgent,
      byteLimits = {},
      probeWorker,
    } = this.#options;
    return new Prober({
      settings: { bytes: { allowPrivateAddresses, userAgent, limits: byteLimits }, limits: this.#limits },
      limits: { ...this.#limits, probeIdleMs: idleMs },
      worker: probeWorker ?? new URL(import.meta.resolve("#probe-worker")),
      logger: this.#options.logger ?? silentLogger,
    });
  }

  #toTrackError(error: unknown, signal: AbortSignal | undefined): TrackError {
    if (error instanceof TrackError) return error;
    if (signal?.aborted) return new TrackError("Loading was cancelled.", "COMMON", { cause: error });
    const { logger = silentLogger } = this.#options;
    // The identifier is not logged: a URL may contain a password.
    logger.error({ err: error }, "loading failed");
    return new TrackError("Internal error of the node.", "FAULT", { cause: error });
  }
}

const createDialler = ({ allowPrivateAddresses }: LoaderOptions): Dialler =>
  new Dialler({ allowPrivateAddresses });

function openIndex(folder: string | null): MusicIndex {
  if (folder === null) return new MusicIndex(null);
  try {
    return new MusicIndex(join(folder, "music-index.sqlite"));
  } catch (error) {
    throw new NodeError(
      "INVALID_OPTION",
      `Option dataFolder is ${JSON.stringify(folder)}, which cannot be used`,
      { cause: error },
    );
  }
}

/**
 * Resolves an entry of a playlist; null if it cannot or must not be read. Only playlists in music folders may
 * refer to files.
 */
async function resolveEntry(
  target: string,
  playlist: MediaSource,
  { musicFolders, isHttpEnabled }: { readonly musicFolders: MusicFolders; readonly isHttpEnabled: boolean },
): Promise<MediaSource | null> {
  if (playlist.sourceName === "http") return httpMediaSource(target, playlist.identifier);
  const isFileUrl = /^file:/i.test(target);
  if (!isFileUrl && /^[a-z][a-z\d+.-]+:/i.test(target)) return isHttpEnabled ? httpMediaSource(target) : null;
  const path = isFileUrl ? pathOf(target) : target;
  // Programs for Windows write backslashes, and some formats contain relative URLs.
  const slashed = path.replaceAll("\\", "/");
  for (const candidate of new Set([path, slashed, decodePath(slashed)])) {
    if (candidate === "") continue;
    const found = await musicFolders.resolve(resolve(dirname(playlist.identifier), candidate));
    if (found && !found.isFolder) return localMediaSource(found);
  }
  return isCueSheet(playlist.identifier) ? await findConverted(slashed, playlist, musicFolders) : null;
}

/**
 * Finds the file that a cue sheet means, if it was converted to another format or renamed with the sheet: one in the same
 * folder with the name that the sheet gives, or with the name of the sheet, and another extension.
 */
async function findConverted(
  target: string,
  sheet: MediaSource,
  musicFolders: MusicFolders,
): Promise<MediaSource | null> {
  const folder = dirname(sheet.identifier);
  const names = (await readdir(folder).catch(() => [])).filter(isMediaFile);
  for (const stem of [stemOf(target), stemOf(sheet.identifier)]) {
    const name = names.find((candidate) => stemOf(candidate) === stem);
    const found = name === undefined ? null : await musicFolders.resolve(join(folder, name));
    if (found && !found.isFolder) return localMediaSource(found);
  }
  return null;
}

const stemOf = (path: string): string => basename(path, extname(path)).toLowerCase();
