import type { Socket } from "node:net";

/** Holds writes back until the end of the turn, so that what a turn writes to a socket leaves as one. */
export class Flusher {
  readonly #corked = new Set<Socket>();

  /** Call before a write. */
  hold(socket: Socket): void {
    if (this.#corked.has(socket)) return;
    socket.cork();
    if (this.#corked.size === 0) setImmediate(() => this.#flush());
    this.#corked.add(socket);
  }

  #flush(): void {
    const corked = [...this.#corked];
    this.#corked.clear();
    for (const socket of corked) socket.uncork();
  }
}
