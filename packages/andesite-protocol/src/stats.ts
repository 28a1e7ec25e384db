import type { OutputOf } from "@asterite/util/schema";
import {
  count,
  lenient,
  list,
  nullableNumber,
  nullableString,
  object,
  orNull,
  text,
  texts,
} from "./schema.ts";

const named = lenient({ name: text, vendor: text, version: text });

const usageEntries = { init: count, used: count, committed: count, max: count };
/** Memory usage in bytes; `max` is −1 without a limit. */
const usage = lenient(usageEntries);

/** Schema of the statistics of a node. Most fields describe a Java virtual machine. */
export const stats = object({
  players: lenient({ total: count, playing: count }),
  runtime: lenient({
    /** Uptime in ms. */
    uptime: count,
    pid: count,
    managementSpecVersion: text,
    name: text,
    vm: named,
    spec: named,
    version: lenient({
      feature: count,
      interim: count,
      update: count,
      patch: count,
      pre: nullableString,
      build: nullableNumber,
      optional: nullableString,
    }),
  }),
  os: lenient({ processors: count, name: text, arch: text, version: text }),
  /** Load from 0 to 1, negative when unknown; null when it cannot be measured. */
  cpu: orNull(object({ andesite: count, system: count })),
  classLoading: lenient({ loaded: count, totalLoaded: count, unloaded: count }),
  thread: lenient({ running: count, daemon: count, peak: count, totalStarted: count }),
  /** `totalTime` in ms. */
  compilation: lenient({ name: text, totalTime: count }),
  memory: lenient({ pendingFinalization: count, heap: usage, nonHeap: usage }),
  gc: list(object({ name: text, collectionCount: count, collectionTime: count, pools: texts })),
  memoryPools: list(
    object({
      name: text,
      type: text,
      collectionUsage: orNull(object(usageEntries)),
      collectionUsageThreshold: nullableNumber,
      collectionUsageThresholdCount: nullableNumber,
      peakUsage: usage,
      usage,
      usageThreshold: nullableNumber,
      usageThresholdCount: nullableNumber,
      managers: texts,
    }),
  ),
  memoryManagers: list(object({ name: text, pools: texts })),
  /** Audio frames of the last minute, for players that have played for at least one minute. */
  frameStats: list(object({ user: text, guild: text, success: count, loss: count })),
});
/** Statistics of a node: times in ms, memory in bytes, load from 0 to 1. Missing numbers are 0. */
export type WireStats = OutputOf<typeof stats>;
