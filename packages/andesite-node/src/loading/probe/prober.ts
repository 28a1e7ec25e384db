import { Worker } from "node:worker_threads";
import type { Artwork } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import { type Logger, raceSignal } from "@asterite/util";
import { HttpStatusError } from "../../bytes/http-errors.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import type {
  ProbeOperations,
  ProbeRequest,
  ProbeResponse,
  ProbeResult,
  ProbeSettings,
  SerializedTrackError,
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
const maxYoungGenerationMb = 6;

interface ProbeJob {
  readonly location: MediaLocation;
  readonly operation: keyof ProbeOperations;
  readonly result: PromiseWithResolvers<ProbeOperations[keyof ProbeOperations]>;
  /** Whether its thread was lost once, perhaps because of another job. */
  readonly isRetry: boolean;
}

/**
 * Finds out what things are, in a thread that is started when there is something to do and ends when there has
 * been nothing for a while. A file that keeps the thread busy, or makes it run out of memory, ends the thread and
 * nothing else: what else was under way is tried once more in a new one.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #jobs = new Map<number, ProbeJob>();
  /** Given up, but not yet answered. */
  readonly #cancelled = new Map<number, NodeJS.Timeout>();
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /**
   * Finds out what something is.
   *
   * @throws TrackError, or what the signal was aborted with.
   */
  async probe(location: MediaLocation, signal: AbortSignal): Promise<ProbeResult> {
    return await this.#run("facts", location, signal);
  }

  /**
   * Reads the picture that a file holds; null where there is none.
   *
   * @throws TrackError, or what the signal was aborted with.
   */
  async readArtwork(location: MediaLocation, signal: AbortSignal): Promise<Artwork | null> {
    return await this.#run("artwork", location, signal);
  }

  async #run<Operation extends keyof ProbeOperations>(
    operation: Operation,
    location: MediaLocation,
    signal: AbortSignal,
  ): Promise<ProbeOperations[Operation]> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    const done = Promise.withResolvers<ProbeOperations[keyof ProbeOperations]>();
    this.#send(id, { location, operation, result: done, isRetry: false });
    const cancel = (): void => this.#cancel(id);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      // The thread answers what it was asked for.
      return (await raceSignal(done.promise, signal)) as ProbeOperations[Operation];
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#replaceWorker(worker);
    await worker?.terminate();
  }

  #send(id: number, job: ProbeJob): void {
    if (this.#isClosed) {
      job.result.reject(new TrackError("The node is shutting down.", "COMMON"));
      return;
    }
    this.#jobs.set(id, job);
    clearTimeout(this.#idleTimer);
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage({ id, location: job.location, operation: job.operation } satisfies ProbeRequest);
  }

  #cancel(id: number): void {
    const worker = this.#worker;
    if (!this.#jobs.delete(id)) return;
    worker?.postMessage({ id, cancel: true } satisfies ProbeRequest);
    // A thread that does not even answer this is stuck in the file.
    this.#cancelled.set(
      id,
      setTimeout(() => this.#replaceWorker(worker), this.#options.limits.probeGraceMs),
    );
  }

  #startWorker(): Worker {
    const { settings, limits, worker: program } = this.#options;
    const worker = new Worker(program, {
      workerData: settings,
      resourceLimits: {
        maxOldGenerationSizeMb: limits.probeMemoryMb,
        maxYoungGenerationSizeMb: maxYoungGenerationMb,
      },
    });
    // A process with nothing else to do may end.
    worker.unref();
    worker.on("message", (response: ProbeResponse) => this.#handleResponse(response));
    worker.on("error", (error) => {
      this.#options.logger.warn({ err: error }, "the thread that looks into tracks broke down");
      this.#replaceWorker(worker);
    });
    worker.on("exit", () => this.#replaceWorker(worker));
    return worker;
  }

  #handleResponse(response: ProbeResponse): void {
    const { id } = response;
    clearTimeout(this.#cancelled.get(id));
    this.#cancelled.delete(id);
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    if ("result" in response) job?.result.resolve(response.result);
    else job?.result.reject(deserializeTrackError(response.error));
    if (this.#jobs.size + this.#cancelled.size > 0) return;
    const worker = this.#worker;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#replaceWorker(worker), this.#options.limits.probeIdleMs).unref();
  }

  /** Ends a thread, and tries what it was at once more in another. */
  #replaceWorker(worker: Worker | undefined): void {
    if (worker === undefined || this.#worker !== worker) return;
    this.#worker = undefined;
    clearTimeout(this.#idleTimer);
    worker.terminate().catch(() => {});
    for (const timer of this.#cancelled.values()) clearTimeout(timer);
    this.#cancelled.clear();
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    for (const [id, job] of jobs) {
      if (job.isRetry) job.result.reject(new TrackError("The file could not be read.", "SUSPICIOUS"));
      else this.#send(id, { ...job, isRetry: true });
    }
  }
}

function deserializeTrackError({ message, severity, status }: SerializedTrackError): TrackError {
  return status === null ? new TrackError(message, severity) : new HttpStatusError(status);
}
