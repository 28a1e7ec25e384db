import { Semaphore } from "./semaphore.ts";

/** Rejects {@link BoundedSemaphore.run} when `maxWaiting` tasks are already waiting. */
export class SemaphoreFullError extends Error {
  /** `SemaphoreFullError`. */
  override readonly name = "SemaphoreFullError";
  /** Stable code of this error. */
  readonly code = "SEMAPHORE_FULL";

  constructor(maxWaiting: number) {
    super(`${maxWaiting} tasks are already waiting`);
  }
}

/** Semaphore that rejects tasks when too many are waiting. */
export class BoundedSemaphore extends Semaphore {
  readonly #maxWaiting: number;

  /** @param maxWaiting - Tasks that may wait; further ones are rejected. */
  constructor(maxRunning: number, maxWaiting: number) {
    super(maxRunning);
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs a task like {@link Semaphore.run}.
   *
   * @throws SemaphoreFullError when too many tasks wait; the signal's reason when it aborts.
   */
  override async run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.isBusy && this.waiting >= this.#maxWaiting) throw new SemaphoreFullError(this.#maxWaiting);
    return await super.run(task, signal);
  }
}
