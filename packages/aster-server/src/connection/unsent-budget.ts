import { totalmem } from "node:os";

/** A connection as its unsent bytes count. */
interface Sender {
  readonly queuedBytes: number;
  disconnect(reason: string): void;
}

const checkIntervalMs = 500;
const shareOfMemory = 1 / 8;
const smallestDefaultBytes = 128 * 1024 * 1024;

/** Returns the default limit: an eighth of the machine's memory, at least 128 MiB. */
export const defaultUnsentBytes = (): number => Math.max(smallestDefaultBytes, shareOfMemory * totalmem());

/**
 * Limits the bytes that all clients together have not read yet. Each has a limit of its own, but many that read
 * nothing could fill the memory below it.
 */
export class UnsentBudget {
  readonly #limitBytes: number;
  readonly #connections: () => Iterable<Sender>;
  readonly #timer: NodeJS.Timeout;

  /** @param connections - Returns the connections of all ports. */
  constructor(limitBytes: number, connections: () => Iterable<Sender>) {
    this.#limitBytes = limitBytes;
    this.#connections = connections;
    this.#timer = setInterval(() => this.enforce(), checkIntervalMs).unref();
  }

  /** Disconnects the connections with the most unsent bytes until the others are within the limit. */
  enforce(): void {
    const waiting = [...this.#connections()].filter(({ queuedBytes }) => queuedBytes > 0);
    let sum = waiting.reduce((bytes, { queuedBytes }) => bytes + queuedBytes, 0);
    if (sum <= this.#limitBytes) return;
    for (const sender of waiting.toSorted((one, other) => other.queuedBytes - one.queuedBytes)) {
      if (sum <= this.#limitBytes) return;
      sum -= sender.queuedBytes;
      sender.disconnect("too many unsent bytes of all clients");
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
