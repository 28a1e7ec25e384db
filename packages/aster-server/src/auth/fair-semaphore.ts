/** Why a {@link FairSemaphore} did not run a job. */
export class GateFullError extends Error {
  override readonly name = "GateFullError";
  /** Stable name of the case. */
  readonly code = "GATE_FULL";
}

interface WaitingTask {
  start(): void;
  reject(): void;
}

/**
 * Runs costly jobs a few at a time. Those who ask take turns, so that one who asks for a lot delays the others
 * by one job and not by all of its own; when too many wait, whoever has the most waiting loses the latest.
 */
export class FairSemaphore {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  /** Waiting jobs by who asked; the first key is served next. */
  readonly #waiting = new Map<string, WaitingTask[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#maxRunning = atOnce;
    this.#maxWaiting = mostWaiting;
  }

  /** How many jobs wait for their turn. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Runs a job when its turn has come; rejects with {@link GateFullError} if it is not to come. */
  async run<Result>(owner: string, job: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#maxRunning) await this.#waitForTurn(owner);
    else this.#running++;
    try {
      return await job();
    } finally {
      // A job that ends hands its place on, so that nobody can step in between.
      if (!this.#startNext()) this.#running--;
    }
  }

  #waitForTurn(owner: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (): void => reject(new GateFullError("too many jobs are waiting"));
    const own = this.#waiting.get(owner);
    if (own) own.push({ start: resolve, reject: refuse });
    else this.#waiting.set(owner, [{ start: resolve, reject: refuse }]);
    this.#waitingCount++;
    if (this.#waitingCount > this.#maxWaiting) this.#rejectNewest();
    return promise;
  }

  #startNext(): boolean {
    const [next] = this.#waiting;
    if (!next) return false;
    const [owner, jobs] = next;
    const job = jobs.shift();
    this.#waitingCount--;
    this.#waiting.delete(owner);
    if (jobs.length > 0) this.#waiting.set(owner, jobs);
    job?.start();
    return true;
  }

  #rejectNewest(): void {
    let [most, jobs] = ["", [] as WaitingTask[]];
    for (const [owner, own] of this.#waiting) if (own.length > jobs.length) [most, jobs] = [owner, own];
    jobs.pop()?.reject();
    this.#waitingCount--;
    if (jobs.length === 0) this.#waiting.delete(most);
  }
}
