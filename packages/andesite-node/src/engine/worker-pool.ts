import { Worker } from "node:worker_threads";
import type { Command, Report, WorkerLoad } from "./messages.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** Players from which on a thread that is busy does not get more, if another thread may be started. */
const comfortablePlayers = 20;
/** Share of its time from which on a thread counts as busy. */
const comfortableBusy = 0.4;
/**
 * MiB for young objects of a thread. V8's own choice is several times as much, because frames are short-lived, which
 * makes each collection longer: with this limit a thousand players are half as late.
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
  load: WorkerLoad | undefined;
  players = 0;

  constructor(settings: WorkerSettings) {
    this.worker = new Worker(new URL(import.meta.resolve("#audio-worker")), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb },
    });
  }

  send(command: Command): void {
    this.worker.postMessage(command);
  }
}

/** Pool of worker threads. The first starts with the first player, more when the others are busy. */
export class WorkerPool {
  readonly #settings: WorkerSettings;
  readonly #maxThreads: number;
  readonly #events: PoolEvents;
  readonly #threads = new Set<PoolThread>();
  #isClosed = false;

  constructor(settings: WorkerSettings, maxThreads: number, events: PoolEvents) {
    this.#settings = settings;
    this.#maxThreads = maxThreads;
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
      best && (this.#threads.size >= this.#maxThreads || isComfortable(best)) ? best : this.#start();
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
    const thread = new PoolThread(this.#settings);
    this.#threads.add(thread);
    thread.worker.on("message", (report: Report) => {
      if (report.type === "load") thread.load = report.load;
      else if (this.#threads.has(thread)) this.#events.report(thread, report);
    });
    const handleDeath = (error: unknown): void => {
      if (!this.#threads.delete(thread) || this.#isClosed) return;
      this.#events.died(thread, error);
    };
    thread.worker.on("error", handleDeath);
    thread.worker.on("exit", (code) => handleDeath(new Error(`the thread ended with code ${code}`)));
    return thread;
  }
}

const busyShareOf = ({ load }: PoolThread): number => load?.busy ?? 0;

/** Load by which threads are compared. Players count little, but spread over threads that are equally busy. */
const loadOf = (thread: PoolThread): number => busyShareOf(thread) + thread.players / 1_000;

const isComfortable = (thread: PoolThread): boolean =>
  thread.players < comfortablePlayers || busyShareOf(thread) < comfortableBusy;
