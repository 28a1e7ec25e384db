import { Worker } from "node:worker_threads";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import type { LongQueryReply, LongQueryRequest } from "./long-query-worker.ts";

/** Query with its outcome. */
interface PendingQuery extends PromiseWithResolvers<unknown> {
  readonly request: LongQueryRequest;
}

/**
 * Runs long queries one after the other in a worker thread, which is started by the first query. A query that is
 * aborted ends the thread. If the thread dies, the query that it ran is rejected, and the next one starts another.
 */
export class LongQueryThread implements LongQueries {
  readonly #file: string;
  /** Queries in their order; the first one is running. */
  readonly #queue: PendingQuery[] = [];
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  // The reply of each query has the result type of its own method, which a thread message cannot express.
  search(query: SearchQuery, signal?: AbortSignal): Promise<FoundMessage[] | undefined> {
    return this.#request({ name: "search", parameters: [query] }, signal) as Promise<
      FoundMessage[] | undefined
    >;
  }

  readMarkers(user: number): Promise<ReadMarker[]> {
    return this.#request({ name: "readMarkers", parameters: [user] }) as Promise<ReadMarker[]>;
  }

  readMarker(user: number, channel: number): Promise<ReadMarker | undefined> {
    return this.#request({ name: "readMarker", parameters: [user, channel] }) as Promise<
      ReadMarker | undefined
    >;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new Error("the thread for long queries is closed");
    for (const { reject } of this.#queue.splice(0)) reject(error);
    await this.#worker?.terminate();
  }

  async #request(request: LongQueryRequest, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const query = { request, ...Promise.withResolvers<unknown>() };
    const abort = (): void => this.#abort(query, signal?.reason);
    signal?.addEventListener("abort", abort);
    this.#queue.push(query);
    if (this.#queue.length === 1) this.#runNext();
    try {
      return await query.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #runNext(): void {
    const [next] = this.#queue;
    if (!next || this.#isClosed) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(next.request);
  }

  #abort(query: PendingQuery, reason: unknown): void {
    const index = this.#queue.indexOf(query);
    if (index < 0) return;
    query.reject(reason);
    if (index > 0) this.#queue.splice(index, 1);
    else this.#replaceWorker();
  }

  /** Ends the thread, which runs the first query, and continues with the next one in another. */
  #replaceWorker(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    this.#queue.shift();
    this.#runNext();
  }

  #start(): Worker {
    const worker = new Worker(new URL(import.meta.resolve("#long-query-worker")), { workerData: this.#file });
    // Does not keep the process alive.
    worker.unref();
    worker.on("message", (reply: LongQueryReply) => {
      if (this.#worker !== worker) return;
      const query = this.#queue.shift();
      if ("error" in reply) query?.reject(reply.error);
      else query?.resolve(reply.result);
      this.#runNext();
    });
    const handleEnd = (error: unknown): void => {
      if (this.#worker !== worker) return;
      this.#queue[0]?.reject(error);
      this.#replaceWorker();
    };
    worker.on("error", handleEnd);
    worker.on("exit", () => handleEnd(new Error("the thread for long queries has exited")));
    return worker;
  }
}
