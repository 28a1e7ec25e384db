import { arch, availableParallelism, hostname, release, type } from "node:os";
import type { Players } from "../../players/players.ts";
import { CpuLoad } from "./cpu-load.ts";
import { Collections } from "./gc-monitor.ts";
import { Memory, type Usage } from "./memory.ts";

/** Threads of the node. */
export interface ThreadCounts {
  readonly running: number;
  /** The most that ran at one time. */
  readonly peak: number;
  readonly totalStarted: number;
}

/** Frames of a minute without a gap. */
const framesInMinute = 3_000;
const [feature = 0, interim = 0, update = 0] = process.versions.node.split(".").map(Number);
const aloneThread: ThreadCounts = Object.freeze({ running: 1, peak: 1, totalStarted: 1 });

/**
 * What the node tells about itself (section 14 of the protocol). The fields are those of a Java machine and all
 * have to be there, so each holds the nearest thing that Node knows. Where there is none it is 0, null or
 * empty: classes, compilation time, pending finalisers, thresholds of pools, daemon threads, the version of the
 * language, and the last two parts of the runtime's version.
 */
export class Statistics {
  /** The garbage collector, for the metrics too. */
  readonly collections = new Collections();
  readonly #players: Players;
  readonly #threads: () => ThreadCounts;
  readonly #load = new CpuLoad();
  readonly #memory = new Memory();

  /** @param threads - Counts the node's threads. Default: the one that runs this. */
  constructor(players: Players, threads: () => ThreadCounts = () => aloneThread) {
    this.#players = players;
    this.#threads = threads;
  }

  /** Section 14.1, with exactly its keys. */
  full(): object {
    const { own, machine } = this.#load.read();
    const { heap, nonHeap, pools } = this.#memory.read();
    const collectors = this.collections.counts();
    return {
      players: this.#players.counts(),
      runtime: runtime(),
      os: { processors: availableParallelism(), name: type(), arch: arch(), version: release() },
      cpu: own < 0 && machine < 0 ? null : { andesite: own, system: machine },
      classLoading: { loaded: 0, totalLoaded: 0, unloaded: 0 },
      thread: { ...this.#threads(), daemon: 0 },
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

  /** Section 14.2. */
  lavalink(): object {
    const { total, playing } = this.#players.counts();
    const { own, machine } = this.#load.read();
    const { heap, nonHeap } = this.#memory.read();
    const sum = (read: (usage: Usage) => number): number => read(heap) + read(nonHeap);
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
        // What has no limit counts with what it has.
        reservable: sum(({ max, committed }) => (max < 0 ? committed : max)),
      },
      cpu: {
        cores: availableParallelism(),
        systemLoad: Math.max(0, machine),
        lavalinkLoad: Math.max(0, own),
      },
      ...this.#lavalinkFrames(),
    };
  }

  close(): void {
    this.collections.close();
  }

  /** Averages a player; absent without a player whose counters are usable. */
  #lavalinkFrames(): object {
    const players = this.#players.frameStats();
    if (players.length === 0) return {};
    const average = (read: (player: (typeof players)[number]) => number): number =>
      Math.trunc(players.reduce((sum, player) => sum + read(player), 0) / players.length);
    return {
      frameStats: {
        sent: average(({ success }) => success),
        nulled: average(({ loss }) => loss),
        deficit: average(({ success, loss }) => framesInMinute - success - loss),
      },
    };
  }
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
