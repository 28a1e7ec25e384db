import { TrackError } from "@asterite/audio/media";

/** Lets a number of loads through at a time, in the order in which they came. */
export class LoadGate {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  /** @param mostWaiting - More than these are refused. */
  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Runs when it is its turn.
   *
   * @throws TrackError when too many wait; what the signal was aborted with, while waiting.
   */
  async run<Result>(load: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    if (this.#inside < this.#atOnce) this.#inside += 1;
    else await this.#wait(signal);
    try {
      return await load();
    } finally {
      const [next] = this.#waiting;
      // The place is handed on, so that nobody who comes now can take it.
      if (next) next();
      else this.#inside -= 1;
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) {
      throw new TrackError("The node is busy: too many tracks are being loaded. Try again later.", "COMMON");
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const enter = (): void => {
      this.#waiting.delete(enter);
      resolve();
    };
    const abort = (): void => {
      this.#waiting.delete(enter);
      reject(signal.reason);
    };
    this.#waiting.add(enter);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
