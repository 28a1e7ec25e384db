import { type Clock, startTimer, systemClock } from "./clock.ts";

export { raceSignal } from "@asterite/util";

/**
 * A signal that aborts with the first of several others, or when the time is up, then with a `TimeoutError`.
 * Unlike `AbortSignal.any` and `AbortSignal.timeout` it leaves neither listener nor timer once it is disposed of.
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

  /** @param timeoutMs - Null or infinite for no limit. */
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
            const message = `it took more than ${timeoutMs} ms`;
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
