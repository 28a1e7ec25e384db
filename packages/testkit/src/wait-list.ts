import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";

/** How long to wait for something, and what may end the waiting earlier. */
export interface WaitOptions {
  /** Rejects the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds; 10 000 unless told, which is less than a test gets, so that the reason is seen. */
  readonly timeoutMs?: number | undefined;
}

/** The default of {@link WaitOptions.timeoutMs}. */
export const defaultTimeoutMs = 10_000;

interface Waiting<Item> {
  readonly accepts: (item: Item) => boolean;
  readonly resolve: (item: Item) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those who wait for an item from a source that may also end. */
export class WaitList<Item> {
  readonly #waiting = new Set<Waiting<Item>>();
  #ending: (() => Error) | undefined;

  /** @param timedOut makes the message for a timeout, with what came instead. */
  async wait(
    accepts: (item: Item) => boolean,
    { signal, timeoutMs = defaultTimeoutMs }: WaitOptions,
    timedOut: (timeoutMs: number) => string,
  ): Promise<Item> {
    checkRange("timeoutMs", timeoutMs, 0, maxDelayMs);
    signal?.throwIfAborted();
    if (this.#ending) throw this.#ending();
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const waiting = { accepts, resolve, reject };
    const timer = setTimeout(() => reject(new TestkitError("timeout", timedOut(timeoutMs))), timeoutMs);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#waiting.add(waiting);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#waiting.delete(waiting);
    }
  }

  /** Hands an item to everyone who accepts it. */
  offer(item: Item): void {
    for (const { accepts, resolve, reject } of this.#waiting) {
      try {
        if (accepts(item)) resolve(item);
      } catch (error) {
        // A failing predicate belongs to the one who waits, not to the socket that the item came from.
        reject(error);
      }
    }
  }

  /** Rejects everyone who waits now or later. */
  end(reason: () => Error): void {
    this.#ending ??= reason;
    for (const { reject } of this.#waiting) reject(reason());
  }
}
