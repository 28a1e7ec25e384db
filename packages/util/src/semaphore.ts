/** Rejects {@link Semaphore.run} when `maxWaiting` tasks are already waiting. */
export class SemaphoreFullError extends Error {
  /** `SemaphoreFullError`. */
  override readonly name = "SemaphoreFullError";
  /** Stable code of this error. */
  readonly code = "SEMAPHORE_FULL";

  constructor(maxWaiting: number) {
    super(`${maxWaiting} tasks are already waiting`);
  }
}

/** Limits how many tasks run concurrently. Waiting tasks start in the order in which they were submitted. */
export class Semaphore {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /**
   * @param maxRunning - Tasks that run concurrently, at least 1.
   * @param maxWaiting - Tasks that may wait; further ones are rejected. Default: no limit.
   */
  constructor(maxRunning: number, maxWaiting = Number.POSITIVE_INFINITY) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a task as soon as a slot is free, and returns its result.
   *
   * @param signal - Removes the task from the queue while it waits; a running task is not affected.
   * @throws SemaphoreFullError when too many tasks wait; the signal's reason when it aborts.
   */
  async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#running < this.#maxRunning) this.#running += 1;
    else await this.#wait(signal);
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
    if (this.#waiting.size >= this.#maxWaiting) throw new SemaphoreFullError(this.#maxWaiting);
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
