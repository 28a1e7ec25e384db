import { Worker } from "node:worker_threads";
import { ReadAheadBudget } from "../bytes/read-ahead.ts";
import type { Command, Report, WorkerLoad } from "./messages.ts";
import type { WorkerData, WorkerSettings } from "./worker-settings.ts";

/** Number of players at which a busy thread gets no more, as long as another thread may be started. */
const maxPlayersWhenBusy = 20;
/** Busy share of the last second, from 0 to 1, at which a thread counts as busy. */
const busyThreshold = 0.4;
/**
 * Young generation of a thread's heap in MiB. With short-lived frames V8 lets it grow to several times this
 * size, and each collection takes longer: with this limit the frames of a thousand players are half as late.
 */
const maxYoungGenerationSizeMb = 32;

/** A worker thread that runs the audio of some players. */
export interface AudioThread {
  send(command: Command): void;
  /** Start time in ms of `performance.now()`. */
  readonly startedMs: number;
  /** The last load report; `undefined` in the first second. */
  readonly load: WorkerLoad | undefined;
}

/** Events of the threads. */
export interface PoolEvents {
  report(thread: AudioThread, report: Report): void;
  /** A thread ended unexpectedly. Commands to it no longer have an effect. */
  died(thread: AudioThread, error: unknown): void;
}

class PoolThread implements AudioThread {
  readonly worker: Worker;
  readonly startedMs = performance.now();
  /** Place in the memory of the budget. */
  readonly place: number;
  load: WorkerLoad | undefined;
  players = 0;

  constructor(data: WorkerData) {
    this.place = data.place;
    this.worker = new Worker(new URL(import.meta.resolve("#audio-worker")), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb },
    });
  }

  send(command: Command): void {
    this.worker.postMessage(command);
  }
}

/**
 * Pool of worker threads. The first thread starts with the first player, further ones when the others are
 * busy.
 */
export class WorkerPool {
  readonly #settings: WorkerSettings;
  readonly #maxThreads: number;
  readonly #events: PoolEvents;
  readonly #threads = new Set<PoolThread>();
  /** Memory of the budget of bytes that are read ahead. */
  readonly #memory: SharedArrayBuffer;
  #isClosed = false;

  constructor(settings: WorkerSettings, maxThreads: number, events: PoolEvents) {
    this.#settings = settings;
    this.#maxThreads = maxThreads;
    this.#memory = ReadAheadBudget.createMemory(maxThreads);
    this.#events = events;
  }

  /** Load of each thread that has reported it. */
  get loads(): readonly WorkerLoad[] {
    return [...this.#threads].flatMap(({ load }) => load ?? []);
  }

  /** Number of threads. */
  get size(): number {
    return this.#threads.size;
  }

  /** Returns the thread for one more player, which counts until {@link release}. */
  acquire(): AudioThread {
    let best: PoolThread | undefined;
    for (const thread of this.#threads) if (!best || loadOf(thread) < loadOf(best)) best = thread;
    const thread =
      best && (this.#threads.size >= this.#maxThreads || hasCapacity(best)) ? best : this.#start();
    thread.players++;
    return thread;
  }

  /** Records that a player has left a thread. */
  release(thread: AudioThread): void {
    if (thread instanceof PoolThread) thread.players--;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
    this.#threads.clear();
  }

  #start(): PoolThread {
    const taken = new Set(Array.from(this.#threads, ({ place }) => place));
    let place = 0;
    while (taken.has(place)) place += 1;
    const thread = new PoolThread({ settings: this.#settings, memory: this.#memory, place });
    this.#threads.add(thread);
    thread.worker.on("message", (report: Report) => {
      if (report.type === "load") thread.load = report.load;
      else if (this.#threads.has(thread)) this.#events.report(thread, report);
    });
    const handleDeath = (error: unknown): void => {
      if (!this.#threads.delete(thread) || this.#isClosed) return;
      new ReadAheadBudget(this.#memory, thread.place).clear();
      this.#events.died(thread, error);
    };
    thread.worker.on("error", handleDeath);
    thread.worker.on("exit", (code) => handleDeath(new Error(`the thread ended with code ${code}`)));
    return thread;
  }
}

const busyShareOf = ({ load }: PoolThread): number => load?.busy ?? 0;

/**
 * Load by which threads are compared. Players count little, but spread over threads that are equally busy.
 */
const loadOf = (thread: PoolThread): number => busyShareOf(thread) + thread.players / 1_000;

const hasCapacity = (thread: PoolThread): boolean =>
  thread.players < maxPlayersWhenBusy || busyShareOf(thread) < busyThreshold;
