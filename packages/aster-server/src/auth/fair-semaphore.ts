/** Why a {@link FairGate} did not run a job. */
export class GateFullError extends Error {
  override readonly name = "GateFullError";
  /** Stable name of the case. */
  readonly code = "GATE_FULL";
}

interface Waiting {
  start(): void;
  refuse(): void;
}

/**
 * Runs costly jobs a few at a time. Those who ask take turns, so that one who asks for a lot delays the others
 * by one job and not by all of its own; when too many wait, whoever has the most waiting loses the latest.
 */
export class FairGate {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  /** Waiting jobs by who asked; the first key is served next. */
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** How many jobs wait for their turn. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /** Runs a job when its turn has come; rejects with {@link GateFullError} if it is not to come. */
  async run<Result>(owner: string, job: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) await this.#turn(owner);
    else this.#running++;
    try {
      return await job();
    } finally {
      // A job that ends hands its place on, so that nobody can step in between.
      if (!this.#startNext()) this.#running--;
    }
  }

  #turn(owner: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (): void => reject(new GateFullError("too many jobs are waiting"));
    const own = this.#waiting.get(owner);
    if (own) own.push({ start: resolve, refuse });
    else this.#waiting.set(owner, [{ start: resolve, refuse }]);
    this.#waitingCount++;
    if (this.#waitingCount > this.#mostWaiting) this.#refuseOne();
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

  #refuseOne(): void {
    let [most, jobs] = ["", [] as Waiting[]];
    for (const [owner, own] of this.#waiting) if (own.length > jobs.length) [most, jobs] = [owner, own];
    jobs.pop()?.refuse();
    this.#waitingCount--;
    if (jobs.length === 0) this.#waiting.delete(most);
  }
}
