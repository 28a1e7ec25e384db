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
  readonly #maxRunningOfOwner: number;
  /** Number of running tasks by owner. */
  readonly #runningOf = new Map<string, number>();
  /** Waiting tasks by owner; the first key that may run is served next. */
  readonly #waiting = new Map<string, WaitingTask[]>();
  #waitingCount = 0;
  #running = 0;

  /**
   * @param maxRunning - Tasks that run concurrently, at least 1.
   * @param maxWaiting - Tasks of all owners that may wait.
   * @param maxRunningOfOwner - Tasks of one owner that run concurrently, at least 1.
   */
  constructor(maxRunning: number, maxWaiting: number, maxRunningOfOwner = maxRunning) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
    this.#maxRunningOfOwner = maxRunningOfOwner;
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
    if (this.#mayRun(owner)) this.#count(owner, 1);
    else await this.#waitForTurn(owner);
    try {
      return await task();
    } finally {
      this.#count(owner, -1);
      // The slot passes to the next waiting task, so that a task submitted now cannot overtake it.
      this.#startNext();
    }
  }

  #mayRun(owner: string): boolean {
    return this.#running < this.#maxRunning && (this.#runningOf.get(owner) ?? 0) < this.#maxRunningOfOwner;
  }

  #count(owner: string, change: number): void {
    this.#running += change;
    const running = (this.#runningOf.get(owner) ?? 0) + change;
    if (running === 0) this.#runningOf.delete(owner);
    else this.#runningOf.set(owner, running);
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

  #startNext(): void {
    for (const [owner, tasks] of this.#waiting) {
      if (!this.#mayRun(owner)) continue;
      const task = tasks.shift();
      this.#waitingCount--;
      this.#waiting.delete(owner);
      if (tasks.length > 0) this.#waiting.set(owner, tasks);
      this.#count(owner, 1);
      task?.start();
      return;
    }
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
