import { Worker } from "node:worker_threads";
import type { Command, Report, WorkerLoad } from "./messages.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** A thread with more players than this gets company, if there may be more threads. */
const comfortablePlayers = 20;
/** Likewise one that is busy for more than this share of its time. */
const comfortableBusy = 0.4;
/**
 * MiB for young objects of a thread. By itself the engine takes several times as much, because frames come and go so
 * fast, and then is longer at collecting them: a thousand players are half as late with this.
 */
const maxYoungGenerationSizeMb = 32;

/** A thread that carries the audio of some players. */
export interface AudioThread {
  send(command: Command): void;
  /** When it was started, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** As it was told last; null before the first second. */
  readonly load: WorkerLoad | null;
}

/** What happens in the threads. */
export interface PoolEvents {
  report(thread: AudioThread, report: Report): void;
  /** A thread is gone with all that it held; it gets no more commands. */
  lost(thread: AudioThread, error: unknown): void;
}

class PoolThread implements AudioThread {
  readonly worker: Worker;
  readonly startedMs = performance.now();
  load: WorkerLoad | null = null;
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

/**
 * The threads that carry audio. The first is started with the first player, others when those that are there
 * have enough to do. A thread that dies takes nobody with it: its players are told, and find another.
 */
export class WorkerPool {
  readonly #settings: WorkerSettings;
  readonly #maxThreads: number;
  readonly #events: PoolEvents;
  readonly #threads = new Set<PoolThread>();
  #closed = false;

  constructor(settings: WorkerSettings, maxThreads: number, events: PoolEvents) {
    this.#settings = settings;
    this.#maxThreads = maxThreads;
    this.#events = events;
  }

  /** How the threads are doing. */
  get loads(): readonly WorkerLoad[] {
    return [...this.#threads].flatMap(({ load }) => load ?? []);
  }

  /** Number of threads. */
  get size(): number {
    return this.#threads.size;
  }

  /** The thread for one more player, which counts until {@link release}. */
  acquire(): AudioThread {
    let best: PoolThread | undefined;
    for (const thread of this.#threads) if (!best || burden(thread) < burden(best)) best = thread;
    const thread =
      best && (this.#threads.size >= this.#maxThreads || isComfortable(best)) ? best : this.#start();
    thread.players++;
    return thread;
  }

  /** A player has left a thread. */
  release(thread: AudioThread): void {
    if (thread instanceof PoolThread) thread.players--;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
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
    const lose = (error: unknown): void => {
      if (!this.#threads.delete(thread) || this.#closed) return;
      this.#events.lost(thread, error);
    };
    thread.worker.on("error", lose);
    thread.worker.on("exit", (code) => lose(new Error(`the thread ended with code ${code}`)));
    return thread;
  }
}

const busyOf = ({ load }: PoolThread): number => load?.busy ?? 0;

const burden = (thread: PoolThread): number => busyOf(thread) + thread.players / 1_000;

const isComfortable = (thread: PoolThread): boolean =>
  thread.players < comfortablePlayers || busyOf(thread) < comfortableBusy;
