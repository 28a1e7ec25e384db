import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";

/** Timeout and cancellation of a wait. */
export interface WaitOptions {
  /** Rejects the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. Default: 10 000, less than the time limit of a test, so that the reason is reported. */
  readonly timeoutMs?: number | undefined;
}

/** The default of {@link WaitOptions.timeoutMs}. */
export const defaultTimeoutMs = 10_000;

interface Waiting<Item> {
  readonly accepts: (item: Item) => boolean;
  readonly resolve: (item: Item) => void;
  readonly reject: (reason: unknown) => void;
}

/** Pending waits for items from a source that may end. */
export class WaitList<Item> {
  readonly #waiting = new Set<Waiting<Item>>();
  #ending: (() => Error) | undefined;

  /**
   * Waits for an item that is accepted.
   *
   * @param timedOut - Returns the message for a timeout.
   * @throws TestkitError `TIMEOUT`, or the reason of {@link WaitList.end}.
   */
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
    // Made here, because the stack of a timer does not show which wait timed out.
    const timeout = new TestkitError("TIMEOUT", "");
    const timer = setTimeout(() => {
      timeout.message = timedOut(timeoutMs);
      timeout.stack = (timeout.stack ?? "").replace(/^.*/, `TestkitError: ${timeout.message}`);
      reject(timeout);
    }, timeoutMs);
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

  /** Resolves every wait that accepts the item. */
  offer(item: Item): void {
    for (const { accepts, resolve, reject } of this.#waiting) {
      try {
        if (accepts(item)) resolve(item);
      } catch (error) {
        // A throwing predicate fails its own wait, not the socket that the item came from.
        reject(error);
      }
    }
  }

  /** Rejects all present and future waits. */
  end(reason: () => Error): void {
    this.#ending ??= reason;
    for (const { reject } of this.#waiting) reject(reason());
  }
}
