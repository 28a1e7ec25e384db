/** Work of so many milliseconds, or less, is never followed by a rest. */
const freeMs = 2;
/** After how many times its own length more of the work is done at the earliest. */
const spacing = 10;
/** However much work it was, the next is not put off for longer. */
const longestMs = 10_000;

/**
 * Work that is asked for again and again, and of which one does for all who asked meanwhile. Done at once while it
 * is little, and otherwise with rests, so that it takes at most about a tenth of the time.
 */
export class Spaced {
  readonly #work: () => number;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param work does it, and returns about how many milliseconds that takes by the time all of it is done. */
  constructor(work: () => number) {
    this.#work = work;
  }

  /** Does the work now, or when the rest behind the last is over. */
  ask(): void {
    if (this.#timer) return;
    const waitMs = this.#restsUntil - performance.now();
    if (waitMs <= 0) this.#run();
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  /** Forgets what is still to be done. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #run(): void {
    this.#timer = undefined;
    const workMs = this.#work();
    if (workMs > freeMs) this.#restsUntil = performance.now() + Math.min(longestMs, spacing * workMs);
  }
}
