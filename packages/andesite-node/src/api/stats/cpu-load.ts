import { availableParallelism, cpus } from "node:os";

/** How busy the processors are, from 0 to 1; negative where it cannot be known. */
export interface CpuShares {
  /** This process, all its threads, as a part of all processors. */
  readonly process: number;
  /** The whole machine. */
  readonly system: number;
}

interface Sample {
  readonly atMs: number;
  readonly processMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Shorter spans say nothing, because processor times are counted in steps. */
const minSpanMs = 1_000;

/** Measures processor time between one reading and the next. */
export class CpuLoad {
  #last = takeSample();
  #load: CpuShares = { process: -1, system: -1 };

  /** The load since the last reading; when that was just now, the same again. */
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
