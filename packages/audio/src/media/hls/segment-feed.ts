import { smallHoleSeconds } from "../missing-packets.ts";
import { TrackError } from "../track-error.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { HlsMemory } from "./hls-memory.ts";
import { joiningNumber, type LiveWindow, type ReloadClock } from "./live-window.ts";
import type { MediaMap, Segment } from "./media-playlist.ts";
import { measureSegment, type SegmentAudio } from "./segment-audio.ts";
import type { SegmentLoader } from "./segment-loader.ts";
import { secondsBetween } from "./segment-start.ts";

/** Loaded segment. */
export interface LoadedSegment {
  readonly type: "segment";
  readonly bytes: Uint8Array;
  /** Initialisation section; undefined for formats without. */
  readonly map: Uint8Array | undefined;
  /** Whether it continues the segment before: same format, no jump. */
  readonly continues: boolean;
  /** Duration in s of what is missing in front of it: segments that could not be loaded, the rest of a damaged one, a hole. */
  readonly lostSeconds: number;
}

/** Consecutive segments that the server does not have, or lost ones in front of them, or the rest of a damaged one at the end. */
export interface SegmentGap {
  readonly type: "gap";
  readonly seconds: number;
}

/**
 * Called when segments could not be loaded or were damaged, and there is silence in their place.
 *
 * @param error - Of the first one.
 * @param seconds - Length of the silence.
 */
export type LossListener = (error: unknown, seconds: number) => void;

/** Relocations of a stream without a loaded segment between them. */
const maxRelocations = 1;

/** Share of a segment and time in s without audio from which on it is damaged: durations may be rounded to whole seconds. */
const damage = { share: 0.25, seconds: 0.6 };
/** Share from which on also a short segment is damaged. */
const shortDamageShare = 0.9;

/** Whether a segment of a duration is damaged, of which so many seconds have no audio. */
const isDamaged = (seconds: number, missingSeconds: number): boolean =>
  missingSeconds > Math.max(damage.share * seconds, Math.min(damage.seconds, shortDamageShare * seconds));

/** Whether a server has sent nothing, or a page, in the place of a segment. */
const isNoMedia = (bytes: Uint8Array): boolean => bytes.length === 0 || bytes[0] === "<".charCodeAt(0);

const isSameMap = (a: MediaMap | undefined, b: MediaMap | undefined): boolean =>
  a?.address === b?.address && a?.range?.start === b?.range?.start && a?.range?.end === b?.range?.end;

/** Loads the segments of a stream in order, one ahead of those that are taken. */
export class SegmentFeed {
  readonly #window: LiveWindow;
  readonly #loader: SegmentLoader;
  readonly #limits: HlsLimits;
  readonly #clock: ReloadClock;
  readonly #memory: HlsMemory | undefined;
  readonly #onLoss: LossListener | undefined;
  /** Bytes of the segments that are counted in the memory: those of the taken one first. */
  readonly #held: number[] = [];
  /** Bytes of the last segment, by which the next one is estimated. */
  #lastBytes = 0;
  #abort = new AbortController();
  #ahead: Promise<LoadedSegment | SegmentGap | undefined> | undefined;
  /** Number of the next segment. */
  #next: number;
  #map: MediaMap | undefined;
  /** Whether the next segment does not continue the last one. */
  #isBroken = true;
  /** Where the next segment begins by the time stamps of the last one, and how much of its declared duration that one lacked. */
  #expected: { readonly start: number; readonly lackSeconds: number } | undefined;
  /** Duration in s that the last segment, which is damaged, lacks. */
  #missingSeconds = 0;
  /** Whether a segment has been loaded. */
  #hasBegun = false;
  /** Whether a segment was not available in time. */
  #isLate = false;
  #restarts = 0;
  #relocations = 0;
  /** Whether the segment that was taken last is counted in the memory. */
  #isTakenHeld = false;

  constructor(
    window: LiveWindow,
    loader: SegmentLoader,
    limits: HlsLimits,
    clock: ReloadClock,
    memory: HlsMemory | undefined,
    onLoss?: LossListener,
  ) {
    this.#window = window;
    this.#loader = loader;
    this.#limits = limits;
    this.#clock = clock;
    this.#memory = memory;
    this.#onLoss = onLoss;
    const { playlist } = window;
    this.#next = playlist.isEnded ? (playlist.segments[0]?.number ?? 0) : joiningNumber(playlist);
  }

  /**
   * Returns the next segment or a gap, and begins to load the segment after it if there is memory; undefined at the end.
   *
   * @throws TrackError if the stream cannot continue.
   */
  async take(): Promise<LoadedSegment | SegmentGap | undefined> {
    const from = this.#clock.now();
    const loading = this.#ahead ?? this.#load(this.#abort.signal);
    this.#ahead = undefined;
    const loaded = await loading;
    const { targetSeconds, isEnded } = this.#window.playlist;
    const isLate = this.#clock.now() - from > targetSeconds * 1_000;
    if (isLate) this.#isLate = true;
    if (this.#isTakenHeld) this.#memory?.release(this.#held.shift() ?? 0);
    this.#isTakenHeld = loaded?.type === "segment";
    if (loaded && this.#memory?.hasRoomFor(this.#lastBytes) !== false) {
      this.#ahead = this.#load(this.#abort.signal);
      // Reported when the segment is taken.
      this.#ahead.catch(() => {});
    }
    // A live stream that is late has been silent for this long, and jumps.
    return isLate && !isEnded && loaded?.type === "segment" ? { ...loaded, lostSeconds: 0 } : loaded;
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
      start += segment.seconds;
    }
    return begin;
  }

  /** Cancels all requests. */
  close(): void {
    this.#abort.abort();
    this.#releaseAll();
    this.#memory?.close();
  }

  #releaseAll(): void {
    for (const bytes of this.#held.splice(0)) this.#memory?.release(bytes);
    this.#isTakenHeld = false;
  }

  #stop(): void {
    this.#abort.abort();
    this.#releaseAll();
    this.#abort = new AbortController();
    this.#ahead = undefined;
    this.#missingSeconds = 0;
    this.#isBroken = true;
  }

  async #load(signal: AbortSignal): Promise<LoadedSegment | SegmentGap | undefined> {
    const failures: unknown[] = [];
    let lostSeconds = 0;
    let missingSeconds = this.#missingSeconds;
    this.#missingSeconds = 0;
    for (;;) {
      const expected = this.#next;
      const segment = await this.#select(signal);
      // Segments that are missing at the end are no end.
      if (!segment && failures.length > 0) throw failures[0];
      if (!segment) return missingSeconds > 0 ? { type: "gap", seconds: missingSeconds } : undefined;
      // A live stream that jumps does not make up for what it passes over.
      if (segment.number !== expected) lostSeconds = missingSeconds = 0;
      if (segment.isGap) return this.#passGap(segment, missingSeconds + lostSeconds);
      try {
        const loaded = await this.#loadSegment(segment, missingSeconds + lostSeconds, signal);
        if (lostSeconds > 0) this.#onLoss?.(failures[0], lostSeconds);
        return loaded;
      } catch (error) {
        signal.throwIfAborted();
        const failure = await this.#relocate(error, signal);
        signal.throwIfAborted();
        this.#isBroken = true;
        if (failure === undefined) {
          this.#next = segment.number;
          continue;
        }
        lostSeconds += segment.seconds;
        if (failures.push(failure) >= this.#limits.failures || lostSeconds > this.#limits.lostSeconds)
          throw failures[0];
        // A stream that has not begun does not wait for better segments.
        if (!this.#hasBegun && this.#next > (this.#window.playlist.segments.at(-1)?.number ?? 0))
          throw failure;
      }
    }
  }

  async #loadSegment(segment: Segment, lostSeconds: number, signal: AbortSignal): Promise<LoadedSegment> {
    const { base } = this.#window.playlist;
    this.#next = segment.number + 1;
    const map = segment.map && (await this.#loader.loadMap(segment.map, segment.number, base, signal));
    const bytes = await this.#loader.load(segment, base, signal);
    signal.throwIfAborted();
    if (isNoMedia(bytes))
      throw new TrackError("The server sent no audio in the place of a segment.", "SUSPICIOUS");
    const measured = await measureSegment(map, bytes);
    signal.throwIfAborted();
    const missing = segment.seconds - (measured?.seconds ?? segment.seconds);
    const isWhole = !isDamaged(segment.seconds, missing);
    const follows = !this.#isBroken && !segment.isDiscontinuous && isSameMap(this.#map, segment.map);
    const hole = follows ? this.#holeBefore(measured) : 0;
    const continues = isWhole && follows && hole === 0;
    if (hole > 0)
      this.#onLoss?.(new TrackError("A segment of the HLS stream has a hole.", "SUSPICIOUS"), hole);
    const { start, seconds = 0 } = measured ?? {};
    this.#expected = start === undefined ? undefined : { start: start + seconds, lackSeconds: missing };
    // A damaged segment is on its own, and the silence follows it.
    this.#isBroken = !isWhole;
    this.#missingSeconds = isWhole ? 0 : missing;
    if (!isWhole)
      this.#onLoss?.(new TrackError("A segment of the HLS stream is damaged.", "SUSPICIOUS"), missing);
    this.#hasBegun = true;
    this.#map = segment.map;
    this.#relocations = 0;
    this.#lastBytes = bytes.length;
    this.#held.push(bytes.length);
    this.#memory?.hold(bytes.length);
    return { type: "segment", bytes, map, continues, lostSeconds: lostSeconds + hole };
  }

  /**
   * Returns the time in s that is missing between two segments that follow each other, if both the time stamps and the declared
   * duration of the first one say so: either of them may be inexact. Small holes are filled by the readers of the containers.
   */
  #holeBefore(audio: SegmentAudio | undefined): number {
    if (!this.#expected || audio?.start === undefined) return 0;
    const { start, lackSeconds } = this.#expected;
    const hole = Math.min(secondsBetween(start, audio.start), lackSeconds);
    return hole > smallHoleSeconds(audio.packetSeconds) ? hole : 0;
  }

  /** Looks up the new address of the stream. Returns the error because of which a segment is left out; undefined if it can be loaded. */
  async #relocate(error: unknown, signal: AbortSignal): Promise<unknown> {
    if (this.#relocations >= maxRelocations) return error;
    this.#relocations++;
    try {
      return (await this.#window.relocate(error, signal)) ? undefined : error;
    } catch (failure) {
      return failure;
    }
  }

  /**
   * Passes over a gap, with those that follow it.
   *
   * @param lostSeconds - Duration of the segments in front of it that could not be loaded.
   */
  #passGap({ number }: Segment, lostSeconds: number): SegmentGap {
    const { segments } = this.#window.playlist;
    const first = segments[0]?.number ?? 0;
    let seconds = lostSeconds;
    let next = number;
    for (let segment = segments[next - first]; segment?.isGap; segment = segments[next - first]) {
      seconds += segment.seconds;
      next++;
    }
    this.#jump(next);
    return { type: "gap", seconds };
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
      if (segment) return segment;
      await this.#window.reload(signal);
    }
  }

  #jump(number: number): void {
    this.#next = number;
    this.#isBroken = true;
  }
}
