import { availableParallelism, cpus } from "node:os";

/** How busy the processors are, from 0 to 1; negative where it cannot be known. */
export interface Load {
  /** This process, all its threads, as a part of all processors. */
  readonly own: number;
  /** The whole machine. */
  readonly machine: number;
}

interface Sample {
  readonly atMs: number;
  readonly ownMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Shorter spans say nothing, because processor times are counted in steps. */
const shortestSpanMs = 1_000;

/** Measures processor time between one reading and the next. */
export class CpuLoad {
  #last = sample();
  #load: Load = { own: -1, machine: -1 };

  /** The load since the last reading; when that was just now, the same again. */
  read(): Load {
    const now = sample();
    const last = this.#last;
    const spanMs = now.atMs - last.atMs;
    if (spanMs < shortestSpanMs && this.#load.own >= 0) return this.#load;
    const totalMs = now.totalMs - last.totalMs;
    this.#load = {
      own: spanMs > 0 ? portion((now.ownMs - last.ownMs) / (spanMs * availableParallelism())) : -1,
      // Some containers hide the machine's counters.
      machine: totalMs > 0 ? portion(1 - (now.idleMs - last.idleMs) / totalMs) : -1,
    };
    if (spanMs >= shortestSpanMs) this.#last = now;
    return this.#load;
  }
}

const portion = (value: number): number => Math.min(1, Math.max(0, value));

function sample(): Sample {
  const { user, system } = process.cpuUsage();
  let idleMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    idleMs += times.idle;
    totalMs += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { atMs: performance.now(), ownMs: (user + system) / 1_000, idleMs, totalMs };
}
