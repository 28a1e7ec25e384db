import { setTimeout as delay } from "node:timers/promises";

/** Interval between two writes, in ms. */
const flushIntervalMs = 1000;

/** Writes queued changes: the first immediately, later ones together, once per second. */
export class FlushLoop {
  readonly #isEmpty: () => boolean;
  readonly #flush: () => Promise<void>;
  #flushing: Promise<void> | undefined;
  readonly #closing = new AbortController();

  /**
   * @param isEmpty - Returns whether nothing is queued.
   * @param flush - Writes what is queued. Must not reject.
   */
  constructor(isEmpty: () => boolean, flush: () => Promise<void>) {
    this.#isEmpty = isEmpty;
    this.#flush = flush;
  }

  /** Starts writing. Call after each change that was queued. */
  start(): void {
    this.#flushing ??= this.#run();
  }

  /** Writes the remaining changes. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#flushing;
  }

  async #run(): Promise<void> {
    while (!this.#isEmpty()) {
      await this.#flush();
      await delay(flushIntervalMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
    }
    this.#flushing = undefined;
  }
}
