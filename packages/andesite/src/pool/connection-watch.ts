import { type Clock, startTimer } from "../clock.ts";

/** Settings of a {@link ConnectionWatch}, in ms. */
export interface WatchOptions {
  readonly clock: Clock;
  /** Maximum time without a connection. */
  readonly migrateAfterMs: number;
  /** Maximum time until the first connection, while no attempt fails. */
  readonly firstConnectionMs: number;
  /** Delay of {@link ConnectionWatch.retry}. */
  readonly retryAfterMs: number;
}

type State =
  | { readonly type: "idle" }
  | { readonly type: "waiting"; readonly sinceMs: number; readonly timer: unknown }
  | { readonly type: "unreachable"; readonly timer: unknown }
  | { readonly type: "refused"; readonly untilMs: number };

const idle: State = Object.freeze({ type: "idle" });

/** Detects when a member of a pool has been without a connection for too long. */
export class ConnectionWatch {
  readonly #options: WatchOptions;
  readonly #onUnreachable: () => void;
  #state: State = idle;

  constructor(options: WatchOptions, onUnreachable: () => void) {
    this.#options = options;
    this.#onUnreachable = onUnreachable;
  }

  /** Whether the time limit has passed without a new connection. */
  get isUnreachable(): boolean {
    return this.#state.type === "unreachable" || this.isRefused;
  }

  /** Whether the node has refused the password, and the time until the next try has not passed. */
  get isRefused(): boolean {
    const state = this.#state;
    return state.type === "refused" && this.#options.clock.now() < state.untilMs;
  }

  /** Handles a refused password: the member is not used until the time, in ms, has passed or it is connected. */
  refuse(retryAfterMs: number): void {
    this.#transition({ type: "refused", untilMs: this.#options.clock.now() + retryAfterMs });
  }

  /**
   * Starts the time limit of a first connection: the member is used, and its node may or may not be
   * reachable.
   */
  expectConnection(): void {
    const { migrateAfterMs, firstConnectionMs } = this.#options;
    this.#startWaiting(Math.max(migrateAfterMs, firstConnectionMs));
  }

  /** Starts the time limit of a lost connection. */
  connectionLost(): void {
    this.#startWaiting(this.#options.migrateAfterMs);
  }

  /** Handles a failed attempt to connect: from now on the shorter limit of a lost connection applies. */
  attemptFailed(): void {
    const state = this.#state;
    if (this.isUnreachable) return;
    const { clock, migrateAfterMs } = this.#options;
    const nowMs = clock.now();
    const sinceMs = state.type === "waiting" ? state.sinceMs : nowMs;
    this.stop();
    this.#setTimer(sinceMs, sinceMs + migrateAfterMs - nowMs);
  }

  /** Reports the member as unreachable once more after a delay, for guilds that could not be moved. */
  retry(): void {
    if (this.#state.type !== "unreachable") return;
    const { clock, retryAfterMs } = this.#options;
    const timer = startTimer(clock, retryAfterMs, () => this.#onUnreachable());
    this.#transition({ type: "unreachable", timer });
  }

  /** Stops waiting, because the member is connected or no longer watched. */
  stop(): void {
    this.#transition(idle);
  }

  /** The only place that changes the state: clears the timer of the previous state. */
  #transition(next: State): void {
    if ("timer" in this.#state) this.#options.clock.clearTimeout(this.#state.timer);
    this.#state = next;
  }

  #startWaiting(limitMs: number): void {
    const isIdle = this.#state.type === "idle" || (this.#state.type === "refused" && !this.isRefused);
    if (isIdle) this.#setTimer(this.#options.clock.now(), limitMs);
  }

  #setTimer(sinceMs: number, limitMs: number): void {
    if (limitMs === Number.POSITIVE_INFINITY) return;
    if (limitMs <= 0) {
      this.#markUnreachable();
      return;
    }
    const timer = startTimer(this.#options.clock, limitMs, () => this.#markUnreachable());
    this.#transition({ type: "waiting", sinceMs, timer });
  }

  #markUnreachable(): void {
    this.#transition({ type: "unreachable", timer: null });
    this.#onUnreachable();
  }
}
