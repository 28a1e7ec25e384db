import { optionNames, readNumberOptions, requireKnownOptions } from "../checks.ts";
import { type Clock, startTimer } from "../clock.ts";

/** Options of the heartbeat, which detects connections that died without being closed. */
export interface HeartbeatOptions {
  /**
   * Time without incoming messages after which a ping is sent, in ms, at least 1; `Infinity` sends none.
   * Default: 15 000.
   */
  readonly intervalMs?: number | null | undefined;
  /**
   * Time for the node to respond to a ping, in ms, at least 1; then the connection counts as lost. Default:
   * 10 000.
   */
  readonly timeoutMs?: number | null | undefined;
}

/** Defaults of {@link HeartbeatOptions}. */
export const defaultHeartbeat = /* @__PURE__ */ Object.freeze({ intervalMs: 15_000, timeoutMs: 10_000 });

const names = optionNames<HeartbeatOptions>({ intervalMs: true, timeoutMs: true });

/**
 * Returns the options with their defaults.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option after the prefix.
 */
export function readHeartbeat(prefix: string, options?: HeartbeatOptions | null) {
  requireKnownOptions(prefix, options, names);
  return readNumberOptions(prefix, defaultHeartbeat, { intervalMs: 1, timeoutMs: 1 }, options);
}

/** Heartbeat of one connection: pings when idle, and reports a missing response. */
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
    sendPing: () => void,
    onTimeout: () => void,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#sendPing = sendPing;
    this.#onTimeout = onTimeout;
    this.#lastActivityMs = clock.now();
    this.#scheduleCheck(options.intervalMs);
  }

  /** Records that a message arrived. Sets no timer, because this runs for every message. */
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
      const idleMs = this.#clock.now() - this.#lastActivityMs;
      const { intervalMs } = this.#options;
      if (idleMs < intervalMs) this.#scheduleCheck(intervalMs - idleMs);
      else this.#pingPeer();
    });
  }

  #pingPeer(): void {
    const pingedAtMs = this.#clock.now();
    this.#sendPing();
    if (this.#stopped) return;
    this.#timer = startTimer(this.#clock, this.#options.timeoutMs, () => {
      if (this.#lastActivityMs >= pingedAtMs) this.#scheduleCheck(this.#options.intervalMs);
      else this.#onTimeout();
    });
  }
}
