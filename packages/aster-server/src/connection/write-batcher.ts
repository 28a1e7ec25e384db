/** Something that gathers what is to be written to one socket. */
export interface Flushable {
  /** Writes it; `join` makes one buffer of many, and gives several receivers of the same ones the same. */
  flush(join: (buffers: readonly Buffer[]) => Buffer): void;
}

const hasSameBuffers = (a: readonly Buffer[], b: readonly Buffer[]): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
};

/**
 * Writes what a commit leads to, once for each socket: the price of a write to a TLS socket is that of the call,
 * not of its bytes. It runs when the program has nothing more to do at this moment, not at the end of the event
 * loop's turn, because receivers would wait for whatever else has arrived in it.
 */
export class WriteBatcher {
  #waiting: Flushable[] = [];
  #lastParts: readonly Buffer[] = [];
  #lastJoined = Buffer.alloc(0);

  /** Call at the first write since the last flush. */
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

  /** Most of a channel's readers get exactly what the one before got. */
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
