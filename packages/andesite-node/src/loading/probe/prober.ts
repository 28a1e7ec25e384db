import { Worker } from "node:worker_threads";
import type { Artwork } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import type { Logger } from "@asterite/util";
import { HttpStatusError } from "../../bytes/http-errors.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import { orAborted } from "../or-aborted.ts";
import type {
  PlainTrackError,
  ProbeAnswer,
  ProbeAnswers,
  Probed,
  ProbeRequest,
  ProbeSettings,
} from "./messages.ts";

/** Options of {@link Prober}. */
export interface ProberOptions {
  readonly settings: ProbeSettings;
  readonly limits: Pick<LoadingLimits, "probeMemoryMb" | "probeIdleMs" | "probeGraceMs">;
  /** The program of the thread. */
  readonly worker: URL;
  readonly logger: Logger;
}

/**
 * MiB for young objects of the thread. Most of what it makes is gone with the file, and by itself the engine would let
 * that grow to several times as much before it is collected, and keep the pages for a while after the thread has ended.
 */
const youngMb = 6;

interface Job {
  readonly location: MediaLocation;
  readonly wanted: keyof ProbeAnswers;
  readonly done: PromiseWithResolvers<ProbeAnswers[keyof ProbeAnswers]>;
  /** Whether its thread was lost once, perhaps because of another job. */
  readonly isSecondTry: boolean;
}

/**
 * Finds out what things are, in a thread that is started when there is something to do and ends when there has
 * been nothing for a while. A file that keeps the thread busy, or makes it run out of memory, ends the thread and
 * nothing else: what else was under way is tried once more in a new one.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #jobs = new Map<number, Job>();
  /** Given up, but not yet answered. */
  readonly #cancelled = new Map<number, NodeJS.Timeout>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 1;
  #closed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /**
   * Finds out what something is.
   *
   * @throws TrackError, or what the signal was aborted with.
   */
  async probe(location: MediaLocation, signal: AbortSignal): Promise<Probed> {
    return await this.#ask("facts", location, signal);
  }

  /**
   * Reads the picture that a file holds; null where there is none.
   *
   * @throws TrackError, or what the signal was aborted with.
   */
  async readArtwork(location: MediaLocation, signal: AbortSignal): Promise<Artwork | null> {
    return await this.#ask("artwork", location, signal);
  }

  async #ask<Wanted extends keyof ProbeAnswers>(
    wanted: Wanted,
    location: MediaLocation,
    signal: AbortSignal,
  ): Promise<ProbeAnswers[Wanted]> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    const done = Promise.withResolvers<ProbeAnswers[keyof ProbeAnswers]>();
    this.#send(id, { location, wanted, done, isSecondTry: false });
    const cancel = (): void => this.#cancel(id);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      // The thread answers what it was asked for.
      return (await orAborted(done.promise, signal)) as ProbeAnswers[Wanted];
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#lose(worker);
    await worker?.terminate();
  }

  #send(id: number, job: Job): void {
    if (this.#closed) {
      job.done.reject(new TrackError("The node is shutting down.", "COMMON"));
      return;
    }
    this.#jobs.set(id, job);
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, location: job.location, wanted: job.wanted } satisfies ProbeRequest);
  }

  #cancel(id: number): void {
    const worker = this.#worker;
    if (!this.#jobs.delete(id)) return;
    worker?.postMessage({ id, cancel: true } satisfies ProbeRequest);
    // A thread that does not even answer this is stuck in the file.
    this.#cancelled.set(
      id,
      setTimeout(() => this.#lose(worker), this.#options.limits.probeGraceMs),
    );
  }

  #start(): Worker {
    const { settings, limits, worker: program } = this.#options;
    const worker = new Worker(program, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: limits.probeMemoryMb, maxYoungGenerationSizeMb: youngMb },
    });
    // A process with nothing else to do may end.
    worker.unref();
    worker.on("message", (answer: ProbeAnswer) => this.#settle(answer));
    worker.on("error", (error) => {
      this.#options.logger.warn({ err: error }, "the thread that looks into tracks broke down");
      this.#lose(worker);
    });
    worker.on("exit", () => this.#lose(worker));
    return worker;
  }

  #settle(answer: ProbeAnswer): void {
    const { id } = answer;
    clearTimeout(this.#cancelled.get(id));
    this.#cancelled.delete(id);
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if ("answer" in answer) job?.done.resolve(answer.answer);
    else job?.done.reject(revive(answer.error));
    if (this.#jobs.size + this.#cancelled.size > 0) return;
    const worker = this.#worker;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#lose(worker), this.#options.limits.probeIdleMs).unref();
  }

  /** Ends a thread, and tries what it was at once more in another. */
  #lose(worker: Worker | undefined): void {
    if (worker === undefined || this.#worker !== worker) return;
    this.#worker = undefined;
    clearTimeout(this.#idle);
    worker.terminate().catch(() => {});
    for (const timer of this.#cancelled.values()) clearTimeout(timer);
    this.#cancelled.clear();
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    for (const [id, job] of jobs) {
      if (job.isSecondTry) job.done.reject(new TrackError("The file could not be read.", "SUSPICIOUS"));
      else this.#send(id, { ...job, isSecondTry: true });
    }
  }
}

function revive({ message, severity, status }: PlainTrackError): TrackError {
  return status === null ? new TrackError(message, severity) : new HttpStatusError(status);
}
