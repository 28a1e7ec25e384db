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
export type RuntimeVMStats = RuntimeStats["vm"];
export type RuntimeSpecStats = RuntimeStats["spec"];
export type RuntimeVersionStats = RuntimeStats["version"];
/** The operating system. */
export type OSStats = Stats["os"];
/** Load from 0 to 1, negative when unknown. */
export type CPUStats = NonNullable<Stats["cpu"]>;
export type ClassLoadingStats = Stats["classLoading"];
export type ThreadStats = Stats["thread"];
export type CompilationStats = Stats["compilation"];
export type MemoryStats = Stats["memory"];
/** Bytes; `max` is −1 without a limit. */
export type MemoryCommonUsageStats = MemoryStats["heap"];
/** One garbage collector; its time in ms. */
export type GCStats = Stats["gc"][number];
export type MemoryPoolStats = Stats["memoryPools"][number];
export type MemoryManagerStats = Stats["memoryManagers"][number];
/** Frames of the last minute of one player. */
export type FrameStats = Stats["frameStats"][number];
