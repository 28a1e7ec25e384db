import type { TrackEndEvent } from "@asterite/andesite";
import type { QueueEntry } from "./entry.ts";
import type { EntryFailure } from "./events.ts";
import { identify } from "./track-identity.ts";

/** Deviation of a reported position, in ms, up to which the node is assumed to play the same track. */
const positionToleranceMs = 2_000;
/** Minimum playing time of a looped track, in ms. A shorter one counts as broken, or the loop would spin. */
const minLoopedPlayMs = 1_000;

/** State that the queue expects when it finds a node playing. */
interface ExpectedPlayback {
  /** Position at which the entry should be, in ms. */
  readonly positionMs: number;
  /**
   * Track time that passed without a connection to the node or without this process, in ms; null if the entry was
   * followed without a break.
   */
  readonly absentMs: number | null;
  /** Whether the next entry was preloaded on the node. */
  readonly hasNext: boolean;
}

/** One attempt to play an entry on the node. */
export class PlaybackAttempt<Data = unknown> {
  readonly entry: QueueEntry<Data>;
  /** Identity of the track, to match events with. */
  readonly key: string;
  /** Number of this attempt at the entry, from 1. */
  readonly number: number;
  /** Position at which this attempt began, in ms. */
  readonly fromMs: number;
  /** Whether an earlier attempt had started. */
  readonly isResumed: boolean;
  /** Error that the node reported; the end of the track follows it. */
  error: string | null = null;
  hasBeenSeeked = false;
  #hasStarted = false;
  /** Time by the clock at which the track started, or was requested. */
  #startedAtMs: number;
  /** Time by the clock at which the connection to the node was lost; undefined while there is one. */
  #lostAtMs: number | undefined;
  /** Position from which the track has played without a jump, in ms. */
  #playedFromMs: number;

  constructor(entry: QueueEntry<Data>, nowMs: number, { fromMs = 0, number = 1, isResumed = false } = {}) {
    this.entry = entry;
    this.key = identify(entry.track.track).key;
    this.number = number;
    this.fromMs = fromMs;
    this.isResumed = isResumed;
    this.#startedAtMs = nowMs;
    this.#playedFromMs = fromMs;
  }

  /** Returns another attempt at the entry. */
  again(
    nowMs: number,
    { fromMs, number }: Pick<PlaybackAttempt, "fromMs" | "number">,
  ): PlaybackAttempt<Data> {
    const isResumed = this.isResumed || this.#hasStarted;
    return new PlaybackAttempt(this.entry, nowMs, { fromMs, number, isResumed });
  }

  /** Length of the track in ms; infinite where it is unknown. */
  get lengthMs(): number {
    return this.entry.track.lengthMs ?? Number.POSITIVE_INFINITY;
  }

  /** Records the start of the track at the position that the node reports; null if that is unknown. */
  recordStart(positionMs: number | null, nowMs: number): void {
    this.#hasStarted = true;
    this.#startedAtMs = nowMs;
    this.#lostAtMs = undefined;
    this.#playedFromMs = Math.max(this.fromMs, positionMs ?? 0);
  }

  /** Records a seek. */
  recordSeek(positionMs: number): void {
    this.hasBeenSeeked = true;
    this.#playedFromMs = positionMs;
  }

  /** Records that the connection to the node was lost. */
  recordLoss(nowMs: number): void {
    this.#lostAtMs ??= nowMs;
  }

  /** Records that the node still has the player after a lost connection. */
  recordReturn(): void {
    this.#lostAtMs = undefined;
  }

  /** Returns the time since the connection to the node was lost, in ms; null if it was not. */
  absenceMs(nowMs: number): number | null {
    return this.#lostAtMs === undefined ? null : nowMs - this.#lostAtMs;
  }

  /** Returns whether so much of the track was played that earlier failures of the entry no longer count. */
  hasPlayed(healthyMs: number, positionMs: number): boolean {
    return positionMs - this.#playedFromMs >= healthyMs;
  }

  /**
   * Returns whether the node has had the track for so long, playing or paused, that earlier losses of the
   * player no longer count. The time without a connection is not included.
   */
  hasLasted(healthyMs: number, nowMs: number): boolean {
    return (this.#lostAtMs ?? nowMs) - this.#startedAtMs >= healthyMs;
  }

  /** Returns why the end of the track counts as a failure; undefined for a regular end. */
  faultOfEnd(
    reason: TrackEndEvent["reason"],
    positionMs: number,
    nowMs: number,
    isLooped: boolean,
  ): EntryFailure | undefined {
    if (reason === "LOAD_FAILED") {
      return { code: "LOAD_FAILED", message: this.error ?? "the node could not load the track" };
    }
    const isNearEnd = positionMs >= this.lengthMs - positionToleranceMs;
    if (this.error !== null && !isNearEnd) return { code: "PLAYBACK_FAILED", message: this.error };
    const isTooShort = isLooped && nowMs - this.#startedAtMs < minLoopedPlayMs && !this.hasBeenSeeked;
    return isTooShort ? { code: "PLAYBACK_FAILED", message: "the track ended immediately" } : undefined;
  }

  /**
   * Infers what a node plays from the position it reports: `same` for this entry, `behind` for another track
   * or this one restarted, `advanced` for the preloaded next entry.
   */
  compare(
    nodeMs: number,
    { positionMs, absentMs, hasNext }: ExpectedPlayback,
  ): "same" | "behind" | "advanced" {
    const isBehind = !this.hasBeenSeeked && nodeMs + positionToleranceMs < positionMs;
    const isOver = absentMs !== null && positionMs + absentMs > this.lengthMs + positionToleranceMs;
    if (hasNext && (isBehind || isOver)) return "advanced";
    return isBehind ? "behind" : "same";
  }

  /** Returns whether a reported position is so far off that it may predate a seek. */
  isFarFrom(nodeMs: number, positionMs: number): boolean {
    return Math.abs(nodeMs - positionMs) > positionToleranceMs;
  }
}
