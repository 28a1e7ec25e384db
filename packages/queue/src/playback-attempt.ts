import type { TrackEndEvent } from "@asterite/andesite";
import type { QueueEntry } from "./entry.ts";
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
   * Track time that passed while no events were received, in ms; null if the entry was followed without a
   * break.
   */
  readonly absentMs: number | null;
  /** Whether the next entry was preloaded on the node. */
  readonly hasNext: boolean;
}

/** One attempt to play an entry on the node. */
export class PlaybackAttempt {
  readonly entry: QueueEntry;
  /** Identity of the track, to match events with. */
  readonly key: string;
  /** Number of this attempt at the entry, from 1. */
  readonly number: number;
  /** Position at which this attempt began, in ms. */
  readonly fromMs: number;
  /** Time by the clock at which the track started, or was requested. */
  startedAtMs: number;
  /** Error that the node reported; the end of the track follows it. */
  error: string | null = null;
  hasBeenSeeked = false;

  constructor(entry: QueueEntry, fromMs: number, number: number, nowMs: number) {
    this.entry = entry;
    this.key = identify(entry.track.track).key;
    this.number = number;
    this.fromMs = fromMs;
    this.startedAtMs = nowMs;
  }

  /** Length of the track in ms; infinite where it is unknown. */
  get lengthMs(): number {
    return this.entry.track.lengthMs ?? Number.POSITIVE_INFINITY;
  }

  /** Returns whether this attempt got far enough that earlier failures of the entry no longer count. */
  wasHealthy(positionMs: number, healthyMs: number): boolean {
    return positionMs - this.fromMs >= healthyMs;
  }

  /** Returns why the end of the track counts as a failure; null for a regular end. */
  faultOfEnd(
    reason: TrackEndEvent["reason"],
    positionMs: number,
    nowMs: number,
    isLooped: boolean,
  ): string | null {
    if (reason === "LOAD_FAILED") return this.error ?? "the track could not be loaded";
    const isNearEnd = positionMs >= this.lengthMs - positionToleranceMs;
    if (this.error !== null && !isNearEnd) return this.error;
    const isTooShort = isLooped && nowMs - this.startedAtMs < minLoopedPlayMs && !this.hasBeenSeeked;
    return isTooShort ? "the track ended immediately" : null;
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
