import { setTimeout as delay } from "node:timers/promises";
import { TrackError } from "../track-error.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { MediaPlaylist, Segment } from "./media-playlist.ts";
import type { LoadedPlaylist } from "./playlist-loader.ts";

/** Time between two reloads in ms, whatever a playlist announces. */
const reloadMs = { min: 500, max: 30_000 } as const;
/** Distance from the end of a live stream at which it is joined, in target durations (RFC 8216, section 6.3.3). */
const joiningTargets = 3;
/** Reloads in a row with older segments, as outdated caches send them, after which the stream has begun again. */
const maxOutdated = 3;

/** Where a playlist is loaded from. */
export interface PlaylistSource {
  /** Loads the playlist. */
  load(signal: AbortSignal): Promise<LoadedPlaylist>;
  /** Loads the playlist from its new address, if an error means that the old one has expired; undefined otherwise. */
  relocate(error: unknown, signal: AbortSignal): Promise<LoadedPlaylist | undefined>;
}

/** Clock of reloads, replaced by tests. */
export interface ReloadClock {
  /** Monotonic time in ms. */
  now(): number;
  /** Waits for a time; rejects with the signal's reason when it aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The system's clock. */
export const systemReloadClock: ReloadClock = {
  now: () => performance.now(),
  wait: async (ms, signal) => void (await delay(ms, undefined, { signal })),
};

const lastNumber = ({ segments }: MediaPlaylist): number => segments.at(-1)?.number ?? -1;

/** Returns the number of the segment that is three target durations before the end. */
export function joiningNumber({ segments, targetSeconds }: MediaPlaylist): number {
  let seconds = 0;
  let first: Segment | undefined;
  for (let index = segments.length - 1; index >= 0 && seconds < joiningTargets * targetSeconds; index--) {
    first = segments[index];
    seconds += first?.seconds ?? 0;
  }
  return first?.number ?? segments[0]?.number ?? 0;
}

/** The segments that a stream has at present: those of its playlist, which is loaded again until it ends. */
export class LiveWindow {
  readonly #source: PlaylistSource;
  readonly #limits: HlsLimits;
  readonly #clock: ReloadClock;
  #playlist: LoadedPlaylist;
  #isUnchanged = false;
  #loadedAt: number;
  #changedAt: number;
  #failures = 0;
  #outdated = 0;
  #restarts = 0;

  constructor(playlist: LoadedPlaylist, source: PlaylistSource, limits: HlsLimits, clock: ReloadClock) {
    this.#playlist = playlist;
    this.#source = source;
    this.#limits = limits;
    this.#clock = clock;
    this.#loadedAt = clock.now();
    this.#changedAt = clock.now();
  }

  get playlist(): LoadedPlaylist {
    return this.#playlist;
  }

  /** Number of times that the stream has begun again with lower numbers. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * Waits until the playlist is due, and loads it again: a target duration after the last time, or half of it if there
   * was nothing new (RFC 8216, section 6.3.4).
   *
   * @throws TrackError if it cannot be loaded, or had no new segment for too long.
   */
  async reload(signal: AbortSignal): Promise<void> {
    const targetMs = this.#playlist.targetSeconds * (this.#isUnchanged ? 500 : 1_000);
    const interval = Math.min(reloadMs.max, Math.max(reloadMs.min, targetMs));
    await this.#clock.wait(Math.max(0, this.#loadedAt + interval - this.#clock.now()), signal);
    this.#isUnchanged = true;
    try {
      const playlist = await this.#source.load(signal);
      this.#failures = 0;
      this.#adopt(playlist);
    } catch (error) {
      signal.throwIfAborted();
      const isFirst = ++this.#failures === 1;
      if (!(isFirst && (await this.#isRelocated(error, signal))) && this.#failures >= this.#limits.failures)
        throw error;
    }
    this.#loadedAt = this.#clock.now();
    const staleMs = Math.max(this.#limits.staleMs, 2 * joiningTargets * interval);
    if (this.#loadedAt - this.#changedAt > staleMs)
      throw new TrackError("The HLS stream has stopped: its playlist has no new segments.", "SUSPICIOUS");
  }

  /**
   * Loads the playlist from its new address, if an error means that the old one has expired. Returns whether it does.
   *
   * @throws TrackError if there is no new address, or it cannot be loaded.
   */
  async relocate(error: unknown, signal: AbortSignal): Promise<boolean> {
    const playlist = await this.#source.relocate(error, signal);
    if (!playlist) return false;
    // The stream of the new address may count its segments otherwise.
    if (!playlist.isEnded && lastNumber(playlist) < (this.#playlist.segments[0]?.number ?? 0))
      this.#restarts++;
    this.#playlist = playlist;
    return true;
  }

  async #isRelocated(error: unknown, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.relocate(error, signal);
    } catch {
      signal.throwIfAborted();
      // The error that made it necessary is reported, if the next attempts fail as well.
      return false;
    }
  }

  #adopt(playlist: LoadedPlaylist): void {
    const progress = lastNumber(playlist) - lastNumber(this.#playlist);
    const isRestart = progress < 0 && ++this.#outdated >= maxOutdated;
    if (progress < 0 && !isRestart) return;
    if (isRestart) this.#restarts++;
    this.#outdated = 0;
    this.#playlist = playlist;
    if (progress === 0 && !playlist.isEnded) return;
    this.#isUnchanged = false;
    this.#changedAt = this.#clock.now();
  }
}
