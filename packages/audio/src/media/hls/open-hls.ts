import type { MediaFacts, MediaStream } from "../media-stream.ts";
import { TrackError } from "../track-error.ts";
import type { HlsFetch } from "./hls-fetch.ts";
import { type HlsLimits, hlsLimits } from "./hls-limits.ts";
import type { HlsMemory } from "./hls-memory.ts";
import { HlsStream } from "./hls-stream.ts";
import { LiveWindow, type ReloadClock, systemReloadClock } from "./live-window.ts";
import type { MediaPlaylist } from "./media-playlist.ts";
import { type LoadedPlaylist, loadMediaPlaylist, loadPlaylist } from "./playlist-loader.ts";
import { type LossListener, SegmentFeed } from "./segment-feed.ts";
import { resolveAddress, SegmentLoader } from "./segment-loader.ts";
import { SegmentRuns } from "./segment-runs.ts";

/** Options for opening an HLS stream. */
export interface HlsOptions {
  /** Fetches playlists, keys and segments. */
  readonly fetch: HlsFetch;
  /** Cancels opening; an opened stream is closed with its `close`. Default: never. */
  readonly signal?: AbortSignal;
  /** Limits; omitted ones have their defaults. */
  readonly limits?: Partial<HlsLimits>;
  /** Clock of reloads. Default: the system's. */
  readonly clock?: ReloadClock;
  /** Memory for segments, which the stream closes with itself. Default: as much as it needs. */
  readonly memory?: HlsMemory;
  /**
   * Returns the new address of the stream after a request has failed, if the error means that the address has expired; undefined
   * otherwise. Default: addresses do not expire.
   */
  readonly relocate?: (error: unknown) => Promise<string | undefined>;
  /** Called when segments could not be loaded, and there is silence in their place. Default: not reported. */
  readonly onLoss?: LossListener;
}

/** Variants of a master playlist that are tried. */
const maxVariants = 4;

/**
 * Opens an HLS stream. Of several variants it takes one of nothing but audio, an audio rendition, or the smallest.
 *
 * @param url - Address of the playlist.
 * @throws TrackError if it cannot be loaded or has no supported audio; the signal's reason when it aborts.
 */
export async function openHls(url: string, options: HlsOptions): Promise<MediaStream> {
  const limits = { ...hlsLimits, ...options.limits };
  const signal = options.signal ?? new AbortController().signal;
  const found = await loadPlaylist(url, options.fetch, limits, signal);
  if (found.type === "media")
    return await openVariant(
      { url, index: 0 },
      { ...found.playlist, base: found.base },
      limits,
      options,
      signal,
    );
  let failure: unknown = new TrackError("The HLS stream has no variants.", "COMMON");
  for (const [index, address] of found.addresses.slice(0, maxVariants).entries()) {
    try {
      const variant = resolveAddress(address, found.base);
      const playlist = await loadMediaPlaylist(variant, options.fetch, limits, signal);
      return await openVariant({ url: variant, index }, playlist, limits, options, signal);
    } catch (error) {
      signal.throwIfAborted();
      // The first variant is the best one, and so is its error.
      if (index === 0) failure = error;
    }
  }
  throw failure;
}

/**
 * Reads the metadata of an HLS stream from its playlist and its first segments.
 *
 * @throws TrackError as {@link openHls} does.
 */
export async function readHlsFacts(url: string, options: HlsOptions): Promise<MediaFacts> {
  const stream = await openHls(url, options);
  stream.close();
  return stream.facts;
}

/** Playlist of a stream, or of one of its variants. */
interface Variant {
  /** Address. */
  url: string;
  /** Position in the list of variants. */
  readonly index: number;
}

async function openVariant(
  variant: Variant,
  playlist: LoadedPlaylist,
  limits: HlsLimits,
  options: HlsOptions,
  signal: AbortSignal,
): Promise<MediaStream> {
  const { fetch, clock = systemReloadClock, memory, onLoss } = options;
  const window = new LiveWindow(
    playlist,
    {
      load: (aborted) => loadMediaPlaylist(variant.url, fetch, limits, aborted),
      relocate: (error, aborted) => relocate(variant, error, limits, options, aborted),
    },
    limits,
    clock,
  );
  const feed = new SegmentFeed(window, new SegmentLoader(fetch, limits), limits, clock, memory, onLoss);
  const runs = new SegmentRuns(feed, limits);
  const abort = (): void => runs.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    let gapSeconds = 0;
    let run = await runs.open();
    for (; run?.type === "gap"; run = await runs.open()) gapSeconds += run.seconds;
    if (!run) throw new TrackError("The HLS stream has no segments.", "COMMON");
    return new HlsStream(runs, run.media, gapSeconds, secondsOf(window.playlist), limits);
  } catch (error) {
    runs.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Returns the length of an ended stream in s. */
const secondsOf = ({ segments, isEnded }: MediaPlaylist): number | undefined =>
  isEnded ? segments.reduce((sum, { seconds }) => sum + seconds, 0) : undefined;

/** Looks up the new address of a stream, and loads the playlist of the same variant. */
async function relocate(
  variant: Variant,
  error: unknown,
  limits: HlsLimits,
  { fetch, relocate: lookUp }: HlsOptions,
  signal: AbortSignal,
): Promise<LoadedPlaylist | undefined> {
  const url = await lookUp?.(error);
  if (url === undefined) return undefined;
  const found = await loadPlaylist(url, fetch, limits, signal);
  if (found.type === "media") {
    variant.url = url;
    return { ...found.playlist, base: found.base };
  }
  const address = found.addresses[variant.index];
  if (address === undefined)
    throw new TrackError("The HLS stream has other variants than before.", "SUSPICIOUS");
  variant.url = resolveAddress(address, found.base);
  return await loadMediaPlaylist(variant.url, fetch, limits, signal);
}
