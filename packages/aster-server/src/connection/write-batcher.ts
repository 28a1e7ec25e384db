/** A connection that collects buffers for one write to its socket. */
export interface Flushable {
  /** Writes the collected buffers, joined by `join`, which returns the same buffer for the same parts. */
  flush(join: (buffers: readonly Buffer[]) => Buffer): void;
}

const hasSameBuffers = (a: readonly Buffer[], b: readonly Buffer[]): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
};

/**
 * Combines the packets of a commit into one write per socket, because the cost of a write to a TLS socket is
 * per call and not per byte. It flushes in a microtask and not at the end of the event loop's turn, so that
 * the packets do not wait for other events of the turn.
 */
export class WriteBatcher {
  #waiting: Flushable[] = [];
  #lastParts: readonly Buffer[] = [];
  #lastJoined = Buffer.alloc(0);

  /** Schedules a flush. Call once per connection and flush. */
  add(flushable: Flushable): void {
    if (this.#waiting.push(flushable) === 1) queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush(this.#join);
    this.#lastParts = [];
    this.#lastJoined = Buffer.alloc(0);
  };

  /** Reuses the last result: most readers of a channel receive the same packets as the previous one. */
  readonly #join = (buffers: readonly Buffer[]): Buffer => {
    const [first] = buffers;
    if (first && buffers.length === 1) return first;
    if (!hasSameBuffers(buffers, this.#lastParts)) {
      this.#lastParts = buffers;
      this.#lastJoined = Buffer.concat(buffers);
    }
    return this.#lastJoined;
  };
}
