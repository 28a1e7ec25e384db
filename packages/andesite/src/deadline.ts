import { type Clock, startTimer, systemClock } from "./clock.ts";

export { raceSignal } from "@asterite/util";

/**
 * Signal that aborts with the first of several source signals, or with a `TimeoutError` after a time limit.
 * Unlike `AbortSignal.any` and `AbortSignal.timeout`, it removes its listeners and timer when disposed.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #clock: Clock;
  readonly #timer: unknown;
  readonly #abort = () => {
    this.#controller.abort(this.#sources.find(({ aborted }) => aborted)?.reason);
    this[Symbol.dispose]();
  };

  /** @param timeoutMs - Time limit in ms; null or infinite for none. */
  constructor(
    sources: Iterable<AbortSignal | null | undefined>,
    timeoutMs: number | null,
    clock: Clock = systemClock,
  ) {
    this.#clock = clock;
    this.#sources = [...sources].filter((source) => source instanceof AbortSignal);
    this.#timer =
      timeoutMs === null
        ? null
        : startTimer(clock, timeoutMs, () => {
            const message = `timed out after ${timeoutMs} ms`;
            this.#controller.abort(new DOMException(message, "TimeoutError"));
            this[Symbol.dispose]();
          });
    for (const source of this.#sources) source.addEventListener("abort", this.#abort, { once: true });
    if (this.#sources.some(({ aborted }) => aborted)) this.#abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#clock.clearTimeout(this.#timer);
    for (const source of this.#sources) source.removeEventListener("abort", this.#abort);
  }
}
