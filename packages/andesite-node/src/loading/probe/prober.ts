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
  /** Entry point of the thread. */
  readonly worker: URL;
  readonly logger: Logger;
}

/**
 * Young generation of the thread's heap in MiB. Most objects die with the file that they belong to; by
 * default V8 lets the young generation grow to a multiple of this, and keeps the pages for a while after the
 * thread has ended.
 */
const maxYoungGenerationMb = 6;

interface ProbeJob {
  readonly location: MediaLocation;
  readonly operation: keyof ProbeOperations;
  readonly result: PromiseWithResolvers<ProbeOperations[keyof ProbeOperations]>;
  /** Whether the job was sent again after its thread was lost, possibly because of another job. */
  readonly isRetry: boolean;
}

/**
 * Probes files and addresses in a thread that is started on demand and stopped when idle. A file that keeps
 * the thread busy, or makes it run out of memory, is stopped with the thread: other jobs are retried once in
 * a new one.
 */
export class Prober {
  readonly #options: ProberOptions;
  readonly #jobs = new Map<number, ProbeJob>();
  /** Cancelled operations without a response yet, with the timers that discard the thread. */
  readonly #cancelled = new Map<number, NodeJS.Timeout>();
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /**
   * Probes a file or an address.
   *
   * @throws TrackError; the signal's reason when it aborts.
   */
  async probe(location: MediaLocation, signal: AbortSignal): Promise<ProbeResult> {
    return await this.#run("facts", location, signal);
  }

  /**
   * Reads the embedded picture of a file; null if there is none.
   *
   * @throws TrackError; the signal's reason when it aborts.
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
    const result = Promise.withResolvers<ProbeOperations[keyof ProbeOperations]>();
    this.#send(id, { location, operation, result, isRetry: false });
    const cancel = (): void => this.#cancel(id);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      // The thread responds with the result type of the operation.
      return (await raceSignal(result.promise, signal)) as ProbeOperations[Operation];
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#discardWorker(worker);
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
    // A thread that does not respond to a cancellation is stuck in a file.
    this.#cancelled.set(
      id,
      setTimeout(() => this.#discardWorker(worker), this.#options.limits.probeGraceMs),
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
    // The thread does not keep the process alive.
    worker.unref();
    worker.on("message", (response: ProbeResponse) => this.#handleResponse(response));
    worker.on("error", (error) => {
      this.#options.logger.warn({ err: error }, "probe thread failed");
      this.#discardWorker(worker);
    });
    worker.on("exit", () => this.#discardWorker(worker));
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
    this.#idleTimer = setTimeout(() => this.#discardWorker(worker), this.#options.limits.probeIdleMs).unref();
  }

  /** Terminates a thread. Its unfinished jobs are sent to a new one, once. */
  #discardWorker(worker: Worker | undefined): void {
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
