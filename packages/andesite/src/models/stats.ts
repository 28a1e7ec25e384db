import { readStats, type WireStats } from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";

/** Statistics of a node. Times are ms and memory bytes, as on the wire; loads go from 0 to 1. */
export type Stats = WireStats;
/** Reads statistics. */
export const Stats = Object.freeze({
  /** @throws MalformedDataError */
  fromRaw: (raw: unknown): Stats => requireValid("stats", readStats(raw)),
});

/** How many players there are. */
export type PlayersStats = Stats["players"];
/** The virtual machine that the node runs on. */
export type RuntimeStats = Stats["runtime"];
/** Name, vendor and version of the virtual machine. */
export type RuntimeVMStats = RuntimeStats["vm"];
/** Name, vendor and version of the machine's specification. */
export type RuntimeSpecStats = RuntimeStats["spec"];
/** Parts of the runtime's version. */
export type RuntimeVersionStats = RuntimeStats["version"];
/** The operating system. */
export type OSStats = Stats["os"];
/** Load from 0 to 1, negative when unknown. */
export type CPUStats = NonNullable<Stats["cpu"]>;
/** How many classes are loaded. */
export type ClassLoadingStats = Stats["classLoading"];
/** How many threads there are. */
export type ThreadStats = Stats["thread"];
/** The compiler; its time in ms. */
export type CompilationStats = Stats["compilation"];
/** Memory as a whole, in bytes. */
export type MemoryStats = Stats["memory"];
/** Bytes; `max` is −1 without a limit. */
export type MemoryCommonUsageStats = MemoryStats["heap"];
/** One garbage collector; its time in ms. */
export type GCStats = Stats["gc"][number];
/** One memory pool, in bytes. */
export type MemoryPoolStats = Stats["memoryPools"][number];
/** One memory manager with the pools that it manages. */
export type MemoryManagerStats = Stats["memoryManagers"][number];
/** Frames of the last minute of one player. */
export type FrameStats = Stats["frameStats"][number];
