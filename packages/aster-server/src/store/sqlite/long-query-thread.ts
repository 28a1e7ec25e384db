import { Worker } from "node:worker_threads";
import type { FoundMessage, LongQueries, ReadMarker, SearchQuery } from "../store.ts";
import type { LongQueryReply, LongQueryRequest } from "./long-query-worker.ts";

type RequestWithoutId = LongQueryRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, "id">
    : never
  : never;

/**
 * Asks long questions in a thread, which is started with the first one. If it dies, what was asked is rejected and
 * the next question starts another.
 */
export class LongQueryThread implements LongQueries {
  readonly #file: string;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | undefined;
  #nextId = 1;

  constructor(file: string) {
    this.#file = file;
  }

  // Each name is answered with the type that its own scan has, which a message between threads cannot say.
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

  #request(question: RequestWithoutId): Promise<unknown> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#pending.set(id, waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...question, id });
    return waiting.promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(import.meta.resolve("#long-query-worker")), { workerData: this.#file });
    // A process with nothing else to do may end.
    worker.unref();
    worker.on("message", (answer: LongQueryReply) => {
      const waiting = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if ("error" in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.result);
    });
    const lost = (error: unknown): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error("the thread for long questions has ended")));
    return worker;
  }
}
