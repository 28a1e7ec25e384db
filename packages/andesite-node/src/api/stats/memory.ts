import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

/** Bytes of one kind of memory, in the words of the Java machine. */
export interface MemoryUsage {
  /** When the node started to count. */
  readonly init: number;
  readonly used: number;
  /** Taken from the system. */
  readonly committed: number;
  /** −1 without a limit. */
  readonly max: number;
}

/** One space of the heap. */
interface MemoryPool {
  readonly name: string;
  readonly usage: MemoryUsage;
  /** The reading with the most bytes in use. */
  readonly peak: MemoryUsage;
}

/** A reading of {@link MemoryMonitor}. */
export interface MemoryReading {
  /** What JavaScript objects live in. */
  readonly heap: MemoryUsage;
  /** All other memory of the process: buffers, decoders, code, the heaps of other threads. */
  readonly nonHeap: MemoryUsage;
  readonly pools: readonly MemoryPool[];
}

type Measured = Omit<MemoryUsage, "init">;

/** Reads how much memory is used, and remembers where it began and how far it went. */
export class MemoryMonitor {
  readonly #initialBytes = new Map<string, number>();
  readonly #peaks = new Map<string, MemoryUsage>();

  constructor() {
    this.read();
  }

  read(): MemoryReading {
    const heap = getHeapStatistics();
    const { rss, external } = process.memoryUsage();
    const used = external + heap.malloced_memory;
    const outside = Math.max(used, rss - heap.total_heap_size);
    return {
      heap: this.#withInitial("heap", {
        used: heap.used_heap_size,
        committed: heap.total_heap_size,
        max: heap.heap_size_limit,
      }),
      nonHeap: this.#withInitial("non-heap", { used, committed: outside, max: -1 }),
      pools: getHeapSpaceStatistics().map(({ space_name: name, space_used_size, space_size }) => {
        const usage = this.#withInitial(name, { used: space_used_size, committed: space_size, max: -1 });
        const known = this.#peaks.get(name);
        const peak = known === undefined || usage.used > known.used ? usage : known;
        this.#peaks.set(name, peak);
        return { name, usage, peak };
      }),
    };
  }

  #withInitial(name: string, measured: Measured): MemoryUsage {
    const init = this.#initialBytes.get(name) ?? measured.committed;
    this.#initialBytes.set(name, init);
    return { init, ...measured };
  }
}
