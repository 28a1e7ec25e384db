import type { MaybePromise } from "@asterite/observable";
import { type Clock, raceSignal, startTimer } from "@asterite/util";
import type { NewEntry, QueueEntry } from "./entry.ts";

/**
 * Returns the entries with which an empty queue continues; none to become idle.
 *
 * @param last - Entry that ended.
 * @param signal - Aborts when the result is no longer needed, or after `autoplayTimeoutMs`.
 */
export type Autoplay<Data = unknown> = (
  last: QueueEntry<Data>,
  signal: AbortSignal,
) => MaybePromise<readonly NewEntry<Data>[]>;

/** Calls an {@link Autoplay} function; a new call or {@link cancel} discards the result of the last one. */
export class AutoplayRequest<Data> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #pending: AbortController | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether a call is pending. */
  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  /** Discards the result of a pending call. Returns whether there was one. */
  cancel(): boolean {
    const wasPending = this.isPending;
    this.#pending?.abort();
    this.#pending = undefined;
    return wasPending;
  }

  /**
   * Calls the function.
   *
   * @returns Its entries; undefined if the call was cancelled.
   * @throws The error of the function; a `TimeoutError`.
   */
  async call(
    autoplay: Autoplay<Data>,
    last: QueueEntry<Data>,
  ): Promise<readonly NewEntry<Data>[] | undefined> {
    this.cancel();
    const pending = new AbortController();
    this.#pending = pending;
    const message = `autoplay did not return within ${this.#timeoutMs} ms`;
    const timer = startTimer(this.#clock, this.#timeoutMs, () =>
      pending.abort(new DOMException(message, "TimeoutError")),
    );
    const isCurrent = (): boolean => this.#pending === pending;
    try {
      const entries = await raceSignal(Promise.resolve(autoplay(last, pending.signal)), pending.signal);
      return isCurrent() ? entries : undefined;
    } catch (error) {
      if (isCurrent()) throw error;
      return undefined;
    } finally {
      this.#clock.clearTimeout(timer);
      if (isCurrent()) this.#pending = undefined;
    }
  }
}
