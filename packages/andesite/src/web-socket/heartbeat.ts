import { readNumberOptions } from "../checks.ts";
import { type Clock, startTimer } from "../clock.ts";

/** How a dead connection is found that nobody has closed. */
export interface HeartbeatOptions {
  /**
   * How long nothing may arrive before the node is asked for a sign of life, in milliseconds, 1 or more; `Infinity`
   * never asks. Default: 15 000.
   */
  readonly intervalMs?: number | null | undefined;
  /** How long it may take to answer before the connection is lost, in milliseconds, 1 or more. Default: 10 000. */
  readonly timeoutMs?: number | null | undefined;
}

/** The defaults of {@link HeartbeatOptions}. */
export const defaultHeartbeat = Object.freeze({ intervalMs: 15_000, timeoutMs: 10_000 });

/** @throws InvalidTypeError, OutOfRangeError naming the option after the prefix. */
export const readHeartbeat = (prefix: string, options?: HeartbeatOptions | null) =>
  readNumberOptions(prefix, defaultHeartbeat, { intervalMs: 1, timeoutMs: 1 }, options);

/** Watches one connection. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #options: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly #sendPing: () => void;
  readonly #onTimeout: () => void;
  #timer: unknown;
  #lastActivityMs: number;
  #stopped = false;

  constructor(
    clock: Clock,
    options: { readonly intervalMs: number; readonly timeoutMs: number },
    ping: () => void,
    dead: () => void,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#sendPing = ping;
    this.#onTimeout = dead;
    this.#lastActivityMs = clock.now();
    this.#scheduleCheck(options.intervalMs);
  }

  /** Something arrived. Only notes the time, because it happens for every message. */
  recordActivity(): void {
    this.#lastActivityMs = this.#clock.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.clearTimeout(this.#timer);
  }

  #scheduleCheck(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = startTimer(this.#clock, delayMs, () => {
      const quietMs = this.#clock.now() - this.#lastActivityMs;
      const { intervalMs } = this.#options;
      if (quietMs < intervalMs) this.#scheduleCheck(intervalMs - quietMs);
      else this.#pingPeer();
    });
  }

  #pingPeer(): void {
    const askedAtMs = this.#clock.now();
    this.#sendPing();
    if (this.#stopped) return;
    this.#timer = startTimer(this.#clock, this.#options.timeoutMs, () => {
      if (this.#lastActivityMs >= askedAtMs) this.#scheduleCheck(this.#options.intervalMs);
      else this.#onTimeout();
    });
  }
}
