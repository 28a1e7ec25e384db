import type { HlsLimits } from "./hls-limits.ts";
import { joiningNumber, type LiveWindow, type ReloadClock } from "./live-window.ts";
import type { MediaMap, Segment } from "./media-playlist.ts";
import type { SegmentLoader } from "./segment-loader.ts";

/** Loaded segment. */
export interface LoadedSegment {
  readonly bytes: Uint8Array;
  /** Initialisation section; undefined for formats without. */
  readonly map: Uint8Array | undefined;
  /** Whether it continues the segment before: same format, no jump. */
  readonly continues: boolean;
}

const isSameMap = (a: MediaMap | undefined, b: MediaMap | undefined): boolean =>
  a?.address === b?.address && a?.range?.start === b?.range?.start && a?.range?.end === b?.range?.end;

/** Loads the segments of a stream in order, one ahead of those that are taken. */
export class SegmentFeed {
  readonly #window: LiveWindow;
  readonly #loader: SegmentLoader;
  readonly #limits: HlsLimits;
  readonly #clock: ReloadClock;
  #abort = new AbortController();
  #ahead: Promise<LoadedSegment | undefined> | undefined;
  /** Number of the next segment. */
  #next: number;
  #map: MediaMap | undefined;
  /** Whether the next segment does not continue the last one. */
  #isBroken = true;
  /** Whether a segment has been loaded. */
  #hasBegun = false;
  /** Whether a segment was not available in time. */
  #isLate = false;
  #restarts = 0;

  constructor(window: LiveWindow, loader: SegmentLoader, limits: HlsLimits, clock: ReloadClock) {
    this.#window = window;
    this.#loader = loader;
    this.#limits = limits;
    this.#clock = clock;
    const { playlist } = window;
    this.#next = playlist.isEnded ? (playlist.segments[0]?.number ?? 0) : joiningNumber(playlist);
  }

  /**
   * Returns the next segment, and begins to load the one after it; undefined at the end.
   *
   * @throws TrackError if the stream cannot continue.
   */
  async take(): Promise<LoadedSegment | undefined> {
    const from = this.#clock.now();
    const loading = this.#ahead ?? this.#load(this.#abort.signal);
    this.#ahead = undefined;
    const loaded = await loading;
    const { playlist } = this.#window;
    if (this.#clock.now() - from > playlist.targetSeconds * 1_000) this.#isLate = true;
    if (loaded) {
      this.#ahead = this.#load(this.#abort.signal);
      // Reported when the segment is taken.
      this.#ahead.catch(() => {});
    }
    return loaded;
  }

  /**
   * Continues with the last segment that begins before a position. For ended streams only.
   *
   * @returns The position in s at which it begins.
   */
  seek(seconds: number): number {
    this.#stop();
    let start = 0;
    let begin = 0;
    const { segments } = this.#window.playlist;
    this.#next = segments[0]?.number ?? 0;
    for (const segment of segments) {
      if (start > seconds) break;
      begin = start;
      this.#next = segment.number;
      if (!segment.isGap) start += segment.seconds;
    }
    return begin;
  }

  /** Cancels all requests. */
  close(): void {
    this.#abort.abort();
  }

  #stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#ahead = undefined;
    this.#isBroken = true;
  }

  async #load(signal: AbortSignal): Promise<LoadedSegment | undefined> {
    const failures: unknown[] = [];
    for (;;) {
      const segment = await this.#select(signal);
      // Segments that are missing at the end are no end.
      if (!segment && failures.length > 0) throw failures[0];
      if (!segment) return undefined;
      const { base } = this.#window.playlist;
      this.#next = segment.number + 1;
      try {
        const map = segment.map && (await this.#loader.loadMap(segment.map, segment.number, base, signal));
        const bytes = await this.#loader.load(segment, base, signal);
        signal.throwIfAborted();
        const continues = !this.#isBroken && !segment.isDiscontinuous && isSameMap(this.#map, segment.map);
        this.#isBroken = false;
        this.#hasBegun = true;
        this.#map = segment.map;
        return { bytes, map, continues };
      } catch (error) {
        signal.throwIfAborted();
        // A segment that cannot be loaded is left out.
        if (failures.push(error) >= this.#limits.failures) throw error;
        // A stream that has not begun does not wait for better segments.
        if (!this.#hasBegun && this.#next > (this.#window.playlist.segments.at(-1)?.number ?? 0)) throw error;
        this.#isBroken = true;
      }
    }
  }

  /** Waits for the next segment; returns undefined at the end. */
  async #select(signal: AbortSignal): Promise<Segment | undefined> {
    for (;;) {
      const { playlist, restarts } = this.#window;
      const { segments, isEnded } = playlist;
      const first = segments[0]?.number ?? 0;
      const isLost = this.#next < first || restarts > this.#restarts;
      if (!isEnded && segments.length > 0 && (isLost || this.#isLate)) {
        const joining = joiningNumber(playlist);
        if (isLost || this.#next < joining) this.#jump(joining);
        this.#restarts = restarts;
        this.#isLate = false;
      }
      if (this.#next < first) this.#jump(first);
      const segment = segments[this.#next - first];
      if (!segment && isEnded) return undefined;
      if (segment && !segment.isGap) return segment;
      if (segment) this.#jump(segment.number + 1);
      else await this.#window.reload(signal);
    }
  }

  #jump(number: number): void {
    this.#next = number;
    this.#isBroken = true;
  }
}
