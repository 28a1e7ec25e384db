import { availableParallelism, cpus } from "node:os";

/** CPU usage from 0 to 1; negative if unknown. */
export interface CpuShares {
  /** Share of all processors used by the threads of this process. */
  readonly process: number;
  /** Share of all processors used by the whole machine. */
  readonly system: number;
}

interface Sample {
  readonly atMs: number;
  readonly processMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/**
 * Minimum interval of a measurement: CPU times have a coarse resolution, so shorter intervals are
 * meaningless.
 */
const minSpanMs = 1_000;

/** Measures CPU usage between two readings. */
export class CpuLoad {
  #last = takeSample();
  #load: CpuShares = { process: -1, system: -1 };

  /** Returns the CPU usage since the last reading; within {@link minSpanMs} the same values again. */
  read(): CpuShares {
    const now = takeSample();
    const last = this.#last;
    const spanMs = now.atMs - last.atMs;
    if (spanMs < minSpanMs && this.#load.process >= 0) return this.#load;
    const totalMs = now.totalMs - last.totalMs;
    this.#load = {
      process:
        spanMs > 0 ? clampToUnit((now.processMs - last.processMs) / (spanMs * availableParallelism())) : -1,
      // Some containers hide the machine's counters.
      system: totalMs > 0 ? clampToUnit(1 - (now.idleMs - last.idleMs) / totalMs) : -1,
    };
    if (spanMs >= minSpanMs) this.#last = now;
    return this.#load;
  }
}

const clampToUnit = (value: number): number => Math.min(1, Math.max(0, value));

function takeSample(): Sample {
  const { user, system } = process.cpuUsage();
  let idleMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    idleMs += times.idle;
    totalMs += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { atMs: performance.now(), processMs: (user + system) / 1_000, idleMs, totalMs };
}
