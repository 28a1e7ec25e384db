import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";

/** Pause caused by one garbage collection. */
export interface GcPause {
  readonly collector: CollectorName;
  readonly isMajor: boolean;
  /** Reason for the collection. */
  readonly cause: string;
  readonly seconds: number;
}

/** Totals of one kind of collection. */
export interface CollectorStats {
  readonly name: CollectorName;
  readonly count: number;
  readonly totalMs: number;
  /** Heap spaces that it collects. */
  readonly pools: readonly string[];
}

const youngSpaces = ["new_space", "new_large_object_space"];
const oldSpaces = ["old_space", "code_space", "shared_space", "trusted_space", "large_object_space"];

const collectors = {
  Scavenge: { kind: constants.NODE_PERFORMANCE_GC_MINOR, pools: youngSpaces },
  "Mark-Compact": { kind: constants.NODE_PERFORMANCE_GC_MAJOR, pools: [...youngSpaces, ...oldSpaces] },
  "Incremental Marking": { kind: constants.NODE_PERFORMANCE_GC_INCREMENTAL, pools: oldSpaces },
  "Weak Callbacks": { kind: constants.NODE_PERFORMANCE_GC_WEAKCB, pools: [...youngSpaces, ...oldSpaces] },
} as const;

/** Kind of collection. */
export type CollectorName = keyof typeof collectors;

const collectorNames = Object.keys(collectors) as CollectorName[];

const causes: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_FLAGS_NO, "none"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED, "construct retained"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_FORCED, "forced"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING, "phantom processing"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE, "all available garbage"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY, "external memory"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE, "idle"],
]);

/** Performance entry of the type `gc`. */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number; readonly flags: number } };

/** Counts the garbage collections of this thread. */
export class GcMonitor {
  readonly #totals = new Map<CollectorName, { count: number; totalMs: number }>();
  readonly #observer: PerformanceObserver;
  /** Called for each collection. */
  onPause: ((pause: GcPause) => void) | undefined;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as GcEntry[]) {
        this.#record(entry.detail.kind, entry.detail.flags, entry.duration);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Returns the totals of all kinds, including those that have not run. */
  collectorStats(): CollectorStats[] {
    return collectorNames.map((name) => ({
      name,
      pools: collectors[name].pools,
      ...(this.#totals.get(name) ?? { count: 0, totalMs: 0 }),
    }));
  }

  close(): void {
    this.#observer.disconnect();
  }

  #record(kind: number, flags: number, durationMs: number): void {
    const collector = collectorNames.find((name) => collectors[name].kind === kind);
    if (collector === undefined) return;
    const { count, totalMs } = this.#totals.get(collector) ?? { count: 0, totalMs: 0 };
    this.#totals.set(collector, { count: count + 1, totalMs: totalMs + durationMs });
    this.onPause?.({
      collector,
      isMajor: collector !== "Scavenge",
      cause: causes.get(flags) ?? "several",
      seconds: durationMs / 1_000,
    });
  }
}
