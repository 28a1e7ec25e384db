import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";

/** One pass of the garbage collector. */
export interface Pause {
  readonly collector: CollectorName;
  readonly isMajor: boolean;
  /** Why it ran. */
  readonly cause: string;
  readonly seconds: number;
}

/** What one kind of collection has cost so far. */
export interface CollectorCounts {
  readonly name: CollectorName;
  readonly count: number;
  readonly totalMs: number;
  /** Heap spaces that it cleans. */
  readonly pools: readonly string[];
}

const young = ["new_space", "new_large_object_space"];
const old = ["old_space", "code_space", "shared_space", "trusted_space", "large_object_space"];

const collectors = {
  Scavenge: { kind: constants.NODE_PERFORMANCE_GC_MINOR, pools: young },
  "Mark-Compact": { kind: constants.NODE_PERFORMANCE_GC_MAJOR, pools: [...young, ...old] },
  "Incremental Marking": { kind: constants.NODE_PERFORMANCE_GC_INCREMENTAL, pools: old },
  "Weak Callbacks": { kind: constants.NODE_PERFORMANCE_GC_WEAKCB, pools: [...young, ...old] },
} as const;

/** Name of a kind of collection. */
export type CollectorName = keyof typeof collectors;

const names = Object.keys(collectors) as CollectorName[];

const causes: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_FLAGS_NO, "none"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED, "construct retained"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_FORCED, "forced"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING, "phantom processing"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE, "all available garbage"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY, "external memory"],
  [constants.NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE, "idle"],
]);

/** What entries of the type that is observed here have beside the others. */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number; readonly flags: number } };

/** Counts the passes of this thread's garbage collector. */
export class Collections {
  readonly #counts = new Map<CollectorName, { count: number; totalMs: number }>();
  readonly #observer: PerformanceObserver;
  /** Called for each pass. */
  onPause: ((pause: Pause) => void) | null = null;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as GcEntry[]) {
        this.#count(entry.detail.kind, entry.detail.flags, entry.duration);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** All kinds, also those that have not run. */
  counts(): CollectorCounts[] {
    return names.map((name) => ({
      name,
      pools: collectors[name].pools,
      ...(this.#counts.get(name) ?? { count: 0, totalMs: 0 }),
    }));
  }

  close(): void {
    this.#observer.disconnect();
  }

  #count(kind: number, flags: number, durationMs: number): void {
    const collector = names.find((name) => collectors[name].kind === kind);
    if (collector === undefined) return;
    const { count, totalMs } = this.#counts.get(collector) ?? { count: 0, totalMs: 0 };
    this.#counts.set(collector, { count: count + 1, totalMs: totalMs + durationMs });
    this.onPause?.({
      collector,
      isMajor: collector !== "Scavenge",
      cause: causes.get(flags) ?? "several",
      seconds: durationMs / 1_000,
    });
  }
}
