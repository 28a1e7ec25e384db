import { arch, availableParallelism, hostname, release, type } from "node:os";
import type { FrameStats, PlayerTotals } from "../../players/players.ts";
import { CpuLoad } from "./cpu-load.ts";
import { GcMonitor } from "./gc-monitor.ts";
import { MemoryMonitor, type MemoryUsage } from "./memory.ts";

/** Thread counts of the node. */
export interface ThreadCounts {
  readonly running: number;
  /** Largest number that ran at the same time. */
  readonly peak: number;
  readonly totalStarted: number;
}

/** Number of 20 ms frames in a minute. */
const framesPerMinute = 3_000;
const [feature = 0, interim = 0, update = 0] = process.versions.node.split(".").map(Number);
const singleThread: ThreadCounts = Object.freeze({ running: 1, peak: 1, totalStarted: 1 });

/**
 * Statistics of the node (section 14 of the protocol). All fields are required and describe a JVM, so each
 * holds Node's closest equivalent. Fields without an equivalent are 0, null or empty: classes, compilation
 * time, pending finalizers, pool thresholds, daemon threads, the language version, and the last two parts of
 * the runtime version.
 */
export class Statistics {
  /** Garbage collections, also used by the metrics. */
  readonly gcMonitor = new GcMonitor();
  readonly #players: PlayerTotals;
  readonly #threadCounts: () => ThreadCounts;
  readonly #cpuLoad = new CpuLoad();
  readonly #memory = new MemoryMonitor();

  /** @param threadCounts - Returns the thread counts. Default: a single thread. */
  constructor(players: PlayerTotals, threadCounts: () => ThreadCounts = () => singleThread) {
    this.#players = players;
    this.#threadCounts = threadCounts;
  }

  /** Returns the statistics of section 14.1, with exactly its keys. */
  andesiteStats(): object {
    const { process: processShare, system: systemShare } = this.#cpuLoad.read();
    const { heap, nonHeap, pools } = this.#memory.read();
    const collectors = this.gcMonitor.collectorStats();
    return {
      players: this.#players.counts(),
      runtime: runtime(),
      os: { processors: availableParallelism(), name: type(), arch: arch(), version: release() },
      cpu: processShare < 0 && systemShare < 0 ? null : { andesite: processShare, system: systemShare },
      classLoading: { loaded: 0, totalLoaded: 0, unloaded: 0 },
      thread: { ...this.#threadCounts(), daemon: 0 },
      compilation: { name: "V8", totalTime: 0 },
      memory: { pendingFinalization: 0, heap, nonHeap },
      gc: collectors.map(({ name, count, totalMs, pools: cleaned }) => ({
        name,
        collectionCount: count,
        collectionTime: Math.round(totalMs),
        pools: cleaned,
      })),
      memoryPools: pools.map(({ name, usage, peak }) => ({
        name,
        type: "HEAP",
        collectionUsage: null,
        collectionUsageThreshold: null,
        collectionUsageThresholdCount: null,
        peakUsage: peak,
        usage,
        usageThreshold: null,
        usageThresholdCount: null,
        managers: collectors.filter((one) => one.pools.includes(name)).map((one) => one.name),
      })),
      memoryManagers: collectors.map(({ name, pools: cleaned }) => ({ name, pools: cleaned })),
      frameStats: this.#players
        .frameStats()
        .map(({ userId, guildId, success, loss }) => ({ user: userId, guild: guildId, success, loss })),
    };
  }

  /** Returns the statistics of section 14.2, in the format of Lavalink 3. */
  lavalinkStats(): object {
    const frameStats = averageFrames(this.#players.frameStats());
    return { ...this.#lavalinkBase(), ...(frameStats && { frameStats }) };
  }

  /**
   * Returns the statistics in the format of Lavalink 4.
   *
   * @param players - Frame counters of the session that receives them.
   */
  lavalink4Stats(players: readonly FrameStats[]): object {
    return { ...this.#lavalinkBase(), frameStats: averageFrames(players) };
  }

  close(): void {
    this.gcMonitor.close();
  }

  #lavalinkBase(): object {
    const { total, playing } = this.#players.counts();
    const { process: processShare, system: systemShare } = this.#cpuLoad.read();
    const { heap, nonHeap } = this.#memory.read();
    const sum = (read: (usage: MemoryUsage) => number): number => read(heap) + read(nonHeap);
    const used = sum((usage) => usage.used);
    const allocated = sum((usage) => usage.committed);
    return {
      players: total,
      playingPlayers: playing,
      uptime: uptimeMs(),
      memory: {
        free: allocated - used,
        used,
        allocated,
        // Memory without a limit counts with its committed size.
        reservable: sum(({ max, committed }) => (max < 0 ? committed : max)),
      },
      cpu: {
        cores: availableParallelism(),
        systemLoad: Math.max(0, systemShare),
        lavalinkLoad: Math.max(0, processShare),
      },
    };
  }
}

/** Returns the frame counts averaged over the players; null if no player has usable counters. */
function averageFrames(players: readonly FrameStats[]): object | null {
  if (players.length === 0) return null;
  const average = (read: (player: FrameStats) => number): number =>
    Math.trunc(players.reduce((sum, player) => sum + read(player), 0) / players.length);
  return {
    sent: average(({ success }) => success),
    nulled: average(({ loss }) => loss),
    deficit: average(({ success, loss }) => framesPerMinute - success - loss),
  };
}

const uptimeMs = (): number => Math.round(process.uptime() * 1_000);

function runtime(): object {
  return {
    uptime: uptimeMs(),
    pid: process.pid,
    managementSpecVersion: process.versions.modules,
    name: `${process.pid}@${hostname()}`,
    vm: { name: "V8", vendor: "The V8 project", version: process.versions.v8 },
    spec: { name: "ECMAScript", vendor: "Ecma International", version: "" },
    version: { feature, interim, update, patch: 0, pre: null, build: null, optional: null },
  };
}
