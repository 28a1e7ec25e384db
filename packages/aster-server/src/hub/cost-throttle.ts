/** The part of all time that the work may take. */
const maxShare = 0.1;
/** Work that is done at once although it is more than its share, in milliseconds. */
const burstMs = 20;
/** However much work it was, the next is not put off for longer. */
const maxDelayMs = 10_000;

/**
 * Work that is asked for again and again, and of which one does for all who asked meanwhile. Done at once while it is
 * little, and otherwise put off so that it takes at most about a tenth of the time.
 */
export class CostThrottle {
  readonly #job: () => number;
  /** When all that was done will have been no more than its share. */
  #paidOffAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param work does it, and returns about how many milliseconds that takes by the time all of it is done. */
  constructor(work: () => number) {
    this.#job = work;
  }

  /** Does the work, now or as soon as it may be done. */
  request(): void {
    if (this.#timer) return;
    const waitMs = this.#paidOffAt - burstMs / maxShare - performance.now();
    if (waitMs <= 0) this.#run();
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  /** Forgets what is still to be done. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#timer = undefined;
    const workMs = this.#job();
    const now = performance.now();
    this.#paidOffAt = Math.min(Math.max(now, this.#paidOffAt) + workMs / maxShare, now + maxDelayMs);
  }
}
