/** Limits how many tasks run concurrently. Waiting tasks start in the order in which they were submitted. */
export class Semaphore {
  readonly #maxRunning: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** @param maxRunning - Tasks that run concurrently, at least 1. */
  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /** Whether a task submitted now has to wait. */
  get isBusy(): boolean {
    return this.#running >= this.#maxRunning;
  }

  /** Number of waiting tasks. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs a task as soon as a slot is free, and returns its result.
   *
   * @param signal - Removes the task from the queue while it waits; a running task is not affected.
   * @throws The signal's reason when it aborts.
   */
  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.isBusy) await this.#wait(signal);
    else this.#running += 1;
    try {
      return await task();
    } finally {
      const [next] = this.#waiting;
      // The slot passes to the next waiting task, so that a task submitted now cannot overtake it.
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = (): void => {
      this.#waiting.delete(enter);
      resolve();
    };
    const abort = (): void => {
      this.#waiting.delete(enter);
      reject(signal?.reason);
    };
    this.#waiting.add(enter);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
