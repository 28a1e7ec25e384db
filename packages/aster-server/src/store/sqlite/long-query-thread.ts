import { Worker } from "node:worker_threads";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import type { LongQueryReply, LongQueryRequest } from "./long-query-worker.ts";

type RequestWithoutId = LongQueryRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, "id">
    : never
  : never;

/**
 * Runs long queries in a worker thread, which is started by the first query. If the thread dies, pending
 * queries are rejected and the next query starts a new one.
 */
export class LongQueryThread implements LongQueries {
  readonly #file: string;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | undefined;
  #nextId = 1;

  constructor(file: string) {
    this.#file = file;
  }

  // The reply of each query has the result type of its own method, which a thread message cannot express.
  search(query: SearchQuery): Promise<FoundMessage[] | undefined> {
    return this.#request({ name: "search", parameters: [query] }) as Promise<FoundMessage[] | undefined>;
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
    await this.#worker?.terminate();
  }

  #request(query: RequestWithoutId): Promise<unknown> {
    const id = this.#nextId++;
    const reply = Promise.withResolvers<unknown>();
    this.#pending.set(id, reply);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...query, id });
    return reply.promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(import.meta.resolve("#long-query-worker")), { workerData: this.#file });
    // Does not keep the process alive.
    worker.unref();
    worker.on("message", (reply: LongQueryReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ("error" in reply) pending?.reject(reply.error);
      else pending?.resolve(reply.result);
    });
    const rejectPending = (error: unknown): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    };
    worker.on("error", rejectPending);
    worker.on("exit", () => rejectPending(new Error("the thread for long queries has exited")));
    return worker;
  }
}
