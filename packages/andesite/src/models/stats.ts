import { readStats, type WireStats } from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";

/** Statistics of a node. Times are in ms, memory in bytes, as on the wire; loads are from 0 to 1. */
export type Stats = WireStats;
/** Reader of statistics. */
export const Stats = /* @__PURE__ */ Object.freeze({
  /** @throws MalformedDataError */
  fromRaw: (raw: unknown): Stats => requireValid("stats", readStats(raw)),
});

/** Number of players, in total and playing. */
export type PlayersStats = Stats["players"];
/** Runtime of the node: a Java virtual machine on the original node. */
export type RuntimeStats = Stats["runtime"];
/** Name, vendor and version of the runtime. */
export type RuntimeVMStats = RuntimeStats["vm"];
/** Name, vendor and version of the runtime's specification. */
export type RuntimeSpecStats = RuntimeStats["spec"];
/** Components of the runtime's version. */
export type RuntimeVersionStats = RuntimeStats["version"];
/** Operating system of the node. */
export type OSStats = Stats["os"];
/** CPU load of node and system, from 0 to 1; negative when unknown. */
export type CPUStats = NonNullable<Stats["cpu"]>;
/** Number of loaded classes. */
export type ClassLoadingStats = Stats["classLoading"];
/** Number of threads. */
export type ThreadStats = Stats["thread"];
/** Just-in-time compiler and its total time in ms. */
export type CompilationStats = Stats["compilation"];
/** Memory usage, in bytes. */
export type MemoryStats = Stats["memory"];
/** Usage of one kind of memory, in bytes; `max` is −1 without a limit. */
export type MemoryCommonUsageStats = MemoryStats["heap"];
/** A garbage collector and its time in ms. */
export type GCStats = Stats["gc"][number];
/** A memory pool, in bytes. */
export type MemoryPoolStats = Stats["memoryPools"][number];
/** A memory manager with the names of its pools. */
export type MemoryManagerStats = Stats["memoryManagers"][number];
/** Audio frames of one player in the last minute. */
export type FrameStats = Stats["frameStats"][number];
