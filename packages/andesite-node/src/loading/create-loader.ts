import { dirname, join, resolve } from "node:path";
import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import { silentLogger } from "@asterite/util";
import { defaultUserAgent } from "../bytes/byte-settings.ts";
import { Dialler } from "../bytes/dialler.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { NodeError } from "../errors.ts";
import { readIdentifier } from "./identifier.ts";
import { MusicIndex } from "./library/music-index.ts";
import { MusicLibrary } from "./library/music-library.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./limits.ts";
import { LoadGate } from "./load-gate.ts";
import type { Loaded, Loader } from "./loader.ts";
import { MediaLoader } from "./media-loader.ts";
import { checkLoaderOptions, defaultSources, type LoaderOptions, type SourceOptions } from "./options.ts";
import { orAborted } from "./or-aborted.ts";
import type { Picture } from "./pictures/picture.ts";
import { Pictures } from "./pictures/pictures.ts";
import { filePlace, type Place, webPlace } from "./place.ts";
import { Prober } from "./probe/prober.ts";
import { Roots } from "./roots.ts";
import { ExternalTracks } from "./sources/external.ts";
import { HttpTracks } from "./sources/http.ts";
import { LocalTracks } from "./sources/local.ts";
import { LibrarySearch } from "./sources/search.ts";
import type { Source } from "./sources/source.ts";
import { type Site, sites } from "./yt-dlp/sites.ts";
import { YtDlp } from "./yt-dlp/yt-dlp.ts";

/** The thread that looks through the music folders is needed again when something changes, which is seldom. */
const libraryIdleMs = 1_000;
/** Of a playlist on YouTube. */
const tracksPerPage = 100;

/**
 * Makes what finds tracks, and the bytes of tracks. It owns threads and connections until it is closed.
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
  readonly #gate: LoadGate;
  readonly #prober: Prober;
  readonly #ytDlp: YtDlp | null;
  readonly #roots: Roots;
  readonly #library: MusicLibrary | null;
  /** Null where tracks with pictures come neither from files nor from the web. */
  readonly #pictures: Pictures | null;
  readonly #sources: readonly Source[];
  readonly #closing = new AbortController();

  constructor(options: LoaderOptions) {
    const limits = { ...defaultLoadingLimits, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#gate = new LoadGate(limits.concurrentLoads, limits.waitingLoads);
    this.#prober = this.#makeProber(limits.probeIdleMs);
    this.#ytDlp = options.ytDlp
      ? new YtDlp({ program: options.ytDlp, dialler: diallerOf(options), limits })
      : null;
    const on = { ...defaultSources, ...options.sources };
    this.#roots = new Roots(options.musicFolders ?? []);
    this.#library = on.local && on.search ? this.#makeLibrary() : null;
    const roots = on.local ? this.#roots : null;
    this.#pictures =
      on.local || on.http ? new Pictures({ roots, isWebOn: on.http, prober: this.#prober, limits }) : null;
    this.#sources = this.#makeSources(on);
    this.enabledSources = this.#sources.map(({ name }) => name);
  }

  async load(identifier: string, signal?: AbortSignal): Promise<Loaded> {
    const timeout = new AbortController();
    const timer = setTimeout(
      () => timeout.abort(new TrackError("Loading took too long.", "SUSPICIOUS")),
      this.#limits.loadMs,
    );
    const signals = [timeout.signal, this.#closing.signal, ...(signal ? [signal] : [])];
    const either = AbortSignal.any(signals);
    try {
      if (identifier.length > this.#limits.identifierLength) {
        throw new TrackError("The identifier is too long.", "COMMON");
      }
      // A folder on a network may never answer, and knows no signal.
      return await orAborted(
        this.#gate.run(() => this.#ask(identifier, either), either),
        either,
      );
    } catch (error) {
      return { loadType: "LOAD_FAILED", error: this.#toTrackError(error, signal) };
    } finally {
      clearTimeout(timer);
    }
  }

  plays(track: Track): boolean {
    return this.#sources.some((source) => source.owns(track));
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const source = this.#sources.find((candidate) => candidate.owns(track));
    if (!source) throw new TrackError("This node does not play tracks of this source.", "COMMON");
    return await source.locate(track, AbortSignal.any([signal, this.#closing.signal]));
  }

  async picture(identifier: string, signal: AbortSignal): Promise<Picture | null> {
    const either = AbortSignal.any([signal, this.#closing.signal]);
    return (await this.#pictures?.read(identifier, either)) ?? null;
  }

  async close(): Promise<void> {
    this.#closing.abort(new TrackError("The node is shutting down.", "COMMON"));
    await Promise.all([this.#prober.close(), this.#ytDlp?.close(), this.#library?.close()]);
  }

  async #ask(identifier: string, signal: AbortSignal): Promise<Loaded> {
    const { autoSearch = "ytsearch" } = this.#options;
    const wanted = readIdentifier(identifier, autoSearch);
    for (const source of this.#sources) {
      signal.throwIfAborted();
      const loaded = await source.load(wanted, signal);
      if (loaded) return (await this.#pictures?.describe(loaded)) ?? loaded;
    }
    return { loadType: "NO_MATCHES" };
  }

  #makeSources(on: SourceOptions): readonly Source[] {
    const roots = this.#roots;
    const media = new MediaLoader({
      limits: this.#limits,
      probe: (location, signal) => this.#prober.probe(location, signal),
      follow: (target, playlist) => follow(target, playlist, { roots, http: on.http }),
    });
    return [
      ...sites
        .filter(({ name }) => on[name])
        .map((site) => new ExternalTracks(site, this.#ytDlp, this.#limitsOf(site))),
      ...(this.#library ? [new LibrarySearch(this.#library, roots)] : []),
      ...(on.http ? [new HttpTracks(media)] : []),
      ...(on.local ? [new LocalTracks(roots, media, this.#limits)] : []),
    ];
  }

  /** Playlists on YouTube are as long as the original node loads them, however long others may be. */
  #limitsOf({ name }: Site): LoadingLimits {
    const { maxPlaylistPages } = this.#options;
    return name === "youtube" && maxPlaylistPages !== undefined
      ? { ...this.#limits, playlistEntries: tracksPerPage * maxPlaylistPages }
      : this.#limits;
  }

  #makeLibrary(): MusicLibrary {
    const { dataFolder = null, logger = silentLogger } = this.#options;
    return new MusicLibrary({
      roots: this.#roots,
      index: openIndex(dataFolder),
      prober: this.#makeProber(libraryIdleMs),
      limits: this.#limits,
      logger,
    });
  }

  #makeProber(idleMs: number): Prober {
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
    if (signal?.aborted) return new TrackError("Loading was given up.", "COMMON", { cause: error });
    const { logger = silentLogger } = this.#options;
    // Without the identifier, which may hold a password.
    logger.error({ err: error }, "loading failed");
    return new TrackError("Something went wrong in the node.", "FAULT", { cause: error });
  }
}

const diallerOf = ({ allowPrivateAddresses }: LoaderOptions): Dialler =>
  new Dialler({ allowPrivateAddresses });

function openIndex(folder: string | null): MusicIndex {
  if (folder === null) return new MusicIndex(null);
  try {
    return new MusicIndex(join(folder, "music-index.sqlite"));
  } catch (error) {
    throw new NodeError(
      "INVALID_OPTION",
      `Option dataFolder is ${JSON.stringify(folder)}, which cannot be used`,
      {
        cause: error,
      },
    );
  }
}

/** Where an entry of a playlist leads to. Only a playlist in a music folder can name files. */
async function follow(
  target: string,
  playlist: Place,
  { roots, http }: { readonly roots: Roots; readonly http: boolean },
): Promise<Place | null> {
  if (playlist.source === "http") return webPlace(target, playlist.identifier);
  if (/^[a-z][a-z\d+.-]+:/i.test(target)) return http ? webPlace(target) : null;
  const found = await roots.find(resolve(dirname(playlist.identifier), target));
  return found && !found.isFolder ? filePlace(found) : null;
}
