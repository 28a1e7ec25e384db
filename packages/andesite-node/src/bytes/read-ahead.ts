import type { ByteLimits } from "./byte-limits.ts";

type AheadLimits = Pick<ByteLimits, "aheadMs" | "aheadBytes" | "aheadTotalBytes">;

/** Bytes read ahead of a source whose bytes per second are unknown: a minute of most stations. */
const bytesOfUnknownRate = 1024 * 1024;
/** Bytes that are read ahead at least: they cost little, and requests are made in larger pieces than low rates need. */
const minBytes = 256 * 1024;
/** Factor up to which {@link ReadAhead.grow} raises the time that is read ahead. */
const maxGrowth = 8;
/** Values of a thread in the shared memory: its sources that read ahead, and the KiB that they hold. */
const valuesPerThread = 2;

const toUnits = (bytes: number): number => Math.ceil(bytes / 1024);

/**
 * Memory of all tracks of a node for bytes that were read ahead. Each source gets an equal share of it. The threads count in
 * shared memory, each in its own place, so that the main thread can clear the place of a thread that died.
 */
export class ReadAheadBudget {
  readonly #values: Int32Array;
  readonly #thread: number;

  /** @param thread - Place of the thread that uses the budget, from 0. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#values = new Int32Array(memory);
    this.#thread = thread;
  }

  /** Creates the shared memory for a number of threads. */
  static createMemory(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * valuesPerThread * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Number of sources that read ahead, of all threads. */
  get sources(): number {
    return this.#sum(0);
  }

  /** Bytes that were read ahead, of all threads. */
  get bytes(): number {
    return 1024 * this.#sum(1);
  }

  /** Adds sources and bytes to the thread's own. */
  add(sources: number, bytes: number): void {
    const at = this.#thread * valuesPerThread;
    Atomics.add(this.#values, at, sources);
    Atomics.add(this.#values, at + 1, Math.sign(bytes) * toUnits(Math.abs(bytes)));
  }

  /** Clears the values of the thread, which has ended. */
  clear(): void {
    const at = this.#thread * valuesPerThread;
    Atomics.store(this.#values, at, 0);
    Atomics.store(this.#values, at + 1, 0);
  }

  #sum(value: number): number {
    let sum = 0;
    for (let at = value; at < this.#values.length; at += valuesPerThread)
      sum += Atomics.load(this.#values, at);
    return sum;
  }
}

/** Bytes that one source may read ahead of its caller, in time of audio, up to a limit and its share of the budget. */
export class ReadAhead {
  readonly #budget: ReadAheadBudget;
  readonly #limits: AheadLimits;
  /** Bytes of the source that are counted in the budget. */
  #held = 0;
  #bytesPerSecond: number | null = null;
  #growth = 1;
  #isStarted = false;

  constructor(budget: ReadAheadBudget, limits: AheadLimits) {
    this.#budget = budget;
    this.#limits = limits;
  }

  /** Whether bytes may be read ahead. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /**
   * Begins to read ahead. Until then the container is opened, which jumps in the file.
   *
   * @param bytesPerSecond - Null if unknown.
   */
  start(bytesPerSecond: number | null): void {
    if (!this.#isStarted) this.#budget.add(1, 0);
    this.#isStarted = true;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Raises the time that is read ahead, after the caller had to wait for a source that was read ahead whole. */
  grow(): void {
    this.#growth = Math.min(maxGrowth, 2 * this.#growth);
  }

  /** Returns whether more bytes may be read ahead now. */
  hasRoomFor(bytes: number): boolean {
    if (!this.#isStarted) return false;
    const { aheadMs, aheadBytes, aheadTotalBytes } = this.#limits;
    const wanted =
      this.#growth *
      (this.#bytesPerSecond
        ? Math.max(minBytes, (this.#bytesPerSecond * aheadMs) / 1_000)
        : bytesOfUnknownRate);
    const share = aheadTotalBytes / Math.max(1, this.#budget.sources);
    return this.#held + bytes <= Math.min(wanted, aheadBytes, share) && this.fitsBudget(bytes);
  }

  /** Returns whether the sources together may read more bytes ahead. */
  fitsBudget(bytes: number): boolean {
    return this.#budget.bytes + bytes <= this.#limits.aheadTotalBytes;
  }

  /** Counts bytes that were read ahead. */
  hold(bytes: number): void {
    this.#held += bytes;
    this.#budget.add(0, bytes);
  }

  /** Stops counting bytes, which the caller has read, or which were dropped: as many at a time as were held at a time. */
  release(bytes: number): void {
    this.#held -= bytes;
    this.#budget.add(0, -bytes);
  }

  /** Leaves the budget. All bytes must have been released. */
  close(): void {
    if (this.#isStarted) this.#budget.add(-1, 0);
    this.#isStarted = false;
  }
}
