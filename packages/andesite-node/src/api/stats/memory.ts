import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

/** Bytes of one kind of memory, with the field names of the JVM. */
export interface MemoryUsage {
  /** Committed bytes at the first reading. */
  readonly init: number;
  readonly used: number;
  /** Reserved from the operating system. */
  readonly committed: number;
  /** Limit; −1 if there is none. */
  readonly max: number;
}

/** V8 heap space. */
interface MemoryPool {
  readonly name: string;
  readonly usage: MemoryUsage;
  /** Reading with the highest `used`. */
  readonly peak: MemoryUsage;
}

/** Reading of {@link MemoryMonitor}. */
export interface MemoryReading {
  /** JavaScript heap of this thread. */
  readonly heap: MemoryUsage;
  /** All other memory of the process: buffers, decoders, code, heaps of other threads. */
  readonly nonHeap: MemoryUsage;
  readonly pools: readonly MemoryPool[];
}

type Measured = Omit<MemoryUsage, "init">;

/** Measures memory usage, and keeps the initial value and the peak of each pool. */
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
