import { type Clock, startTimer } from "../clock.ts";

/** What a {@link ConnectionWatch} goes by, in milliseconds. */
export interface WatchOptions {
  readonly clock: Clock;
  /** How long there may be no connection. */
  readonly migrateAfterMs: number;
  /** How long it may take to make the first one, as long as no attempt fails. */
  readonly firstConnectionMs: number;
  /** How long to wait before {@link ConnectionWatch.retry} calls back. */
  readonly retryAfterMs: number;
}

type State =
  | { readonly name: "quiet" }
  | { readonly name: "waiting"; readonly sinceMs: number; readonly timer: unknown }
  | { readonly name: "unreachable"; readonly timer: unknown };

const quiet: State = Object.freeze({ name: "quiet" });

/** Finds out when a member of a pool has been without a connection for too long. */
export class ConnectionWatch {
  readonly #options: WatchOptions;
  readonly #onUnreachable: () => void;
  #state: State = quiet;

  constructor(options: WatchOptions, onUnreachable: () => void) {
    this.#options = options;
    this.#onUnreachable = onUnreachable;
  }

  /** Whether it has been too long, and is still so. */
  get isUnreachable(): boolean {
    return this.#state.name === "unreachable";
  }

  /** The member is to be used and has no connection; whether it can have one is not known. */
  expectConnection(): void {
    const { migrateAfterMs, firstConnectionMs } = this.#options;
    this.#begin(Math.max(migrateAfterMs, firstConnectionMs));
  }

  /** The connection was lost. */
  connectionLost(): void {
    this.#begin(this.#options.migrateAfterMs);
  }

  /** An attempt to connect has failed: there is no more reason to hope for the best. */
  attemptFailed(): void {
    const state = this.#state;
    if (state.name === "unreachable") return;
    const { clock, migrateAfterMs } = this.#options;
    const nowMs = clock.now();
    const sinceMs = state.name === "waiting" ? state.sinceMs : nowMs;
    this.stop();
    this.#wait(sinceMs, sinceMs + migrateAfterMs - nowMs);
  }

  /** Calls back once more, for what could not be done. */
  retry(): void {
    if (this.#state.name !== "unreachable") return;
    const { clock, retryAfterMs } = this.#options;
    clock.clearTimeout(this.#state.timer);
    this.#state = {
      name: "unreachable",
      timer: startTimer(clock, retryAfterMs, () => this.#onUnreachable()),
    };
  }

  /** There is a connection, or nobody is interested any more. */
  stop(): void {
    if (this.#state.name !== "quiet") this.#options.clock.clearTimeout(this.#state.timer);
    this.#state = quiet;
  }

  #begin(limitMs: number): void {
    if (this.#state.name === "quiet") this.#wait(this.#options.clock.now(), limitMs);
  }

  #wait(sinceMs: number, limitMs: number): void {
    if (limitMs === Number.POSITIVE_INFINITY) return;
    if (limitMs <= 0) {
      this.#tooLong();
      return;
    }
    const timer = startTimer(this.#options.clock, limitMs, () => this.#tooLong());
    this.#state = { name: "waiting", sinceMs, timer };
  }

  #tooLong(): void {
    this.#state = { name: "unreachable", timer: null };
    this.#onUnreachable();
  }
}
