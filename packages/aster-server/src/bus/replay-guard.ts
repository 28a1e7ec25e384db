/** Largest age of a message in ms, and largest lead of its time over the receiver's clock. */
const maxMessageAgeMs = 10_000;
/** Largest difference in ms between two processes' measurements of the database's clock. */
const clockErrorMs = 100;
/** Silence in ms after which a process is forgotten: its messages are too old by then, even those ahead of time. */
const rememberMs = 2 * maxMessageAgeMs;
/** Processes that are remembered. Messages of further ones are refused. */
const maxProcesses = 1000;

/** Position of an authentic message in the sequence of its sender. */
export interface MessageOrigin {
  /** Random id of the sending process. */
  readonly process: string;
  /** Number of the message, which increases with each one of the process. */
  readonly number: number;
  /** Time of sending by the database's clock, as Unix time in ms. */
  readonly sentAtMs: number;
}

/** Reason why {@link ReplayGuard} refuses a message. */
export type ReplayRefusal = "replayed" | "expired" | "too many processes";

/**
 * Refuses messages that were received before. Numbers of a process only increase, and messages older than
 * `maxMessageAgeMs` or than this process are refused, so that only recent senders have to be remembered.
 */
export class ReplayGuard {
  readonly #ownProcess: string;
  /** Monotonic time in ms. */
  readonly #now: () => number;
  readonly #startedAt: number;
  /** Newest number by process, the process heard last at the end. */
  readonly #newest = new Map<string, { readonly number: number; readonly receivedAt: number }>();

  /** @param now - Returns a monotonic time in ms. */
  constructor(ownProcess: string, now: () => number = () => performance.now()) {
    this.#ownProcess = ownProcess;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Number of remembered processes. */
  get size(): number {
    return this.#newest.size;
  }

  /**
   * Records an authentic message. Returns the reason if it must be ignored.
   *
   * @param clockMs - Time by the database's clock, as Unix time in ms.
   */
  record({ process, number, sentAtMs }: MessageOrigin, clockMs: number): ReplayRefusal | undefined {
    const now = this.#now();
    const known = this.#newest.get(process);
    // NATS does not return own messages to this process.
    if (process === this.#ownProcess || (known && number <= known.number)) return "replayed";
    const maxAgeMs = known
      ? maxMessageAgeMs
      : Math.min(maxMessageAgeMs, now - this.#startedAt + clockErrorMs);
    if (clockMs - sentAtMs > maxAgeMs || sentAtMs - clockMs > maxMessageAgeMs) return "expired";
    if (!known) {
      this.#forgetSilent(now);
      if (this.#newest.size >= maxProcesses) return "too many processes";
    }
    this.#newest.delete(process);
    this.#newest.set(process, { number, receivedAt: now });
    return undefined;
  }

  #forgetSilent(now: number): void {
    for (const [process, { receivedAt }] of this.#newest) {
      if (now - receivedAt <= rememberMs) return;
      this.#newest.delete(process);
    }
  }
}
