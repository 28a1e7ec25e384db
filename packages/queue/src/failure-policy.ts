import { InvalidTypeError, MalformedDataError, OutOfRangeError } from "@asterite/andesite/advanced";
import { TrackFormatError } from "@asterite/lavaplayer-track";
import type { EntryFailure, EntryFailureCode } from "./events.ts";
import type { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";

/** The next attempt after a failure. */
export interface Retry {
  /** Position to start at, in ms. */
  readonly fromMs: number;
  /** Number of the next attempt. */
  readonly number: number;
  readonly delayMs: number;
}

/** Failures that another attempt would repeat. */
const permanentFailures: ReadonlySet<EntryFailureCode> = new Set([
  "TRACK_MALFORMED",
  "TRACK_REJECTED",
  "LOAD_FAILED",
]);

const argumentErrors = [InvalidTypeError, OutOfRangeError, MalformedDataError, TrackFormatError];

/** Returns whether an operation was rejected for its content, not for the connection. */
export const isArgumentError = (error: unknown): error is Error =>
  argumentErrors.some((Class) => error instanceof Class);

/** Decides when an entry that failed is retried, and when the queue halts. */
export class FailurePolicy {
  readonly #settings: QueuePlayerSettings;
  #failures = 0;

  constructor(settings: QueuePlayerSettings) {
    this.#settings = settings;
  }

  /** Entries that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether so many entries failed in a row that the queue must not go on by itself. */
  get isExhausted(): boolean {
    return this.#failures >= this.#settings.maxFailures;
  }

  /** Counts an entry that was given up. */
  recordFailure(): void {
    this.#failures++;
  }

  /** Resets the counter after a finished entry or a user action. */
  reset(): void {
    this.#failures = 0;
  }

  /**
   * Returns the next attempt at an entry that failed; undefined to give it up.
   *
   * @param positionMs - Position at which it failed.
   */
  retry(attempt: PlaybackAttempt, { code }: EntryFailure, positionMs: number): Retry | undefined {
    const { retries, retryDelayMs, healthyMs } = this.#settings;
    const number = attempt.hasPlayed(healthyMs, positionMs) ? 1 : attempt.number;
    if (permanentFailures.has(code) || number > retries) return undefined;
    const fromMs = attempt.entry.track.isSeekable ? positionMs : 0;
    return { fromMs, number: number + 1, delayMs: retryDelayMs * number };
  }

  /**
   * Returns the number of the next attempt at an entry whose player disappeared from the node; undefined to
   * give it up: a track that crashes its node would do so forever.
   */
  restore(attempt: PlaybackAttempt, nowMs: number): number | undefined {
    const { retries, healthyMs } = this.#settings;
    const number = attempt.hasLasted(healthyMs, nowMs) ? 1 : attempt.number + 1;
    return number > retries + 1 ? undefined : number;
  }
}
