import { SemaphoreFullError } from "@asterite/util";

interface WaitingTask {
  start(): void;
  reject(): void;
}

/**
 * Limits how many tasks run concurrently and schedules the waiting ones round-robin by owner, so that an
 * owner with many tasks delays the others by one task. When too many wait, the owner with the most loses its
 * newest.
 */
export class FairSemaphore {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  /** Waiting tasks by owner; the first key is served next. */
  readonly #waiting = new Map<string, WaitingTask[]>();
  #waitingCount = 0;
  #running = 0;

  /**
   * @param maxRunning - Tasks that run concurrently, at least 1.
   * @param maxWaiting - Tasks of all owners that may wait.
   */
  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** Number of waiting tasks. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /**
   * Runs a task when it is its owner's turn, and returns its result.
   *
   * @throws SemaphoreFullError when too many tasks wait.
   */
  async run<Result>(owner: string, task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#maxRunning) await this.#waitForTurn(owner);
    else this.#running++;
    try {
      return await task();
    } finally {
      // The slot passes to the next waiting task, so that a task submitted now cannot overtake it.
      if (!this.#startNext()) this.#running--;
    }
  }

  #waitForTurn(owner: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const task = { start: resolve, reject: () => reject(new SemaphoreFullError(this.#maxWaiting)) };
    const tasks = this.#waiting.get(owner);
    if (tasks) tasks.push(task);
    else this.#waiting.set(owner, [task]);
    this.#waitingCount++;
    if (this.#waitingCount > this.#maxWaiting) this.#rejectNewest();
    return promise;
  }

  #startNext(): boolean {
    const [next] = this.#waiting;
    if (!next) return false;
    const [owner, tasks] = next;
    const task = tasks.shift();
    this.#waitingCount--;
    this.#waiting.delete(owner);
    if (tasks.length > 0) this.#waiting.set(owner, tasks);
    task?.start();
    return true;
  }

  #rejectNewest(): void {
    let [busiestOwner, longest] = ["", [] as WaitingTask[]];
    for (const [owner, tasks] of this.#waiting)
      if (tasks.length > longest.length) [busiestOwner, longest] = [owner, tasks];
    longest.pop()?.reject();
    this.#waitingCount--;
    if (longest.length === 0) this.#waiting.delete(busiestOwner);
  }
}
