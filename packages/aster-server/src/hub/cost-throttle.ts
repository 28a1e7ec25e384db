/** Largest share of the event loop's time that a job may use. */
const maxShare = 0.1;
/** Work above the share that still runs immediately, in ms. */
const burstMs = 20;
/** Longest delay of a run, however expensive the previous ones were. */
const maxDelayMs = 10_000;

/**
 * Coalescing throttle: repeated requests are merged into one run, which is delayed so that the job uses at
 * most about 10 % of the time. Cheap runs are not delayed.
 */
export class CostThrottle {
  readonly #job: () => number;
  /** Time at which all runs so far amount to no more than the share. */
  #paidOffAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param job - Does the work and returns its estimated cost in ms, deferred parts included. */
  constructor(job: () => number) {
    this.#job = job;
  }

  /** Runs the job immediately if its budget allows it, else as soon as it does. */
  request(): void {
    if (this.#timer) return;
    const waitMs = this.#paidOffAt - burstMs / maxShare - performance.now();
    if (waitMs <= 0) this.#run();
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  /** Cancels a pending run. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#timer = undefined;
    const costMs = this.#job();
    const now = performance.now();
    this.#paidOffAt = Math.min(Math.max(now, this.#paidOffAt) + costMs / maxShare, now + maxDelayMs);
  }
}
