import type { TrackEndEvent } from "@asterite/andesite";
import type { QueueEntry } from "./entry.ts";
import { identify } from "./track-identity.ts";

/** How far a node may be behind what was remembered and still be at the same track. */
const toleranceMs = 2_000;
/** A track in a loop that ends sooner than this after its start would be started without end. */
const shortestMs = 1_000;

/** What was remembered when a node is found playing. */
interface ExpectedPlayback {
  /** Where the entry should be. */
  readonly positionMs: number;
  /** How far it has moved since that was stored; null if it has been followed all the time. */
  readonly absentMs: number | null;
  /** Whether the node has been given the next entry. */
  readonly hasNext: boolean;
}

/** The entry that the node is to play. */
export class PlaybackAttempt {
  readonly entry: QueueEntry;
  readonly key: string;
  /** How often it was tried, this time included. */
  readonly number: number;
  /** Where this time began. */
  readonly fromMs: number;
  /** Whether the node has told that it plays. Until then what it tells is about the track before. */
  hasStarted: boolean;
  startedAtMs: number;
  /** What the node said went wrong; its end follows. */
  error: string | null = null;
  hasBeenSeeked = false;

  constructor(entry: QueueEntry, fromMs: number, attempt: number, nowMs: number, hasStarted = false) {
    this.entry = entry;
    this.key = identify(entry.track.track).key;
    this.number = attempt;
    this.fromMs = fromMs;
    this.startedAtMs = nowMs;
    this.hasStarted = hasStarted;
  }

  /** Length in ms; infinite where it is not known. */
  get lengthMs(): number {
    return this.entry.track.lengthMs ?? Number.POSITIVE_INFINITY;
  }

  /** Whether it got so far since it was started that the time before counts as no failure. */
  wasHealthy(positionMs: number, healthyMs: number): boolean {
    return positionMs - this.fromMs >= healthyMs;
  }

  /** Why an end is none that it should have; null for one in its place. */
  faultOfEnd(
    reason: TrackEndEvent["reason"],
    positionMs: number,
    nowMs: number,
    isLooped: boolean,
  ): string | null {
    if (reason === "LOAD_FAILED") return this.error ?? "it could not be loaded";
    const isNearEnd = positionMs >= this.lengthMs - toleranceMs;
    if (this.error !== null && !isNearEnd) return this.error;
    const isTooShort = isLooped && nowMs - this.startedAtMs < shortestMs && !this.hasBeenSeeked;
    return isTooShort ? "it ended at once" : null;
  }

  /**
   * What a node does that says only where it is: plays this, is behind it (so it plays something else, or lost
   * its place), or went on to the next entry by itself.
   */
  compare(
    nodeMs: number,
    { positionMs, absentMs, hasNext }: ExpectedPlayback,
  ): "same" | "behind" | "went-on" {
    const isBehind = !this.hasBeenSeeked && nodeMs + toleranceMs < positionMs;
    const isOver = absentMs !== null && positionMs + absentMs > this.lengthMs + toleranceMs;
    if (hasNext && (isBehind || isOver)) return "went-on";
    return isBehind ? "behind" : "same";
  }

  /** Whether a position that a node tells may be from before somebody sought to another. */
  isFarFrom(nodeMs: number, positionMs: number): boolean {
    return Math.abs(nodeMs - positionMs) > toleranceMs;
  }
}
