import { Worker } from "node:worker_threads";
import type { FoundMessage, ReadMarker, Scans, SearchQuery } from "../store.ts";
import type { ScanAnswer, ScanRequest } from "./long-query-worker.ts";

type Question = ScanRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, "id">
    : never
  : never;

/**
 * Asks long questions in a thread, which is started with the first one. If it dies, what was asked is rejected and
 * the next question starts another.
 */
export class ScanThread implements Scans {
  readonly #file: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | undefined;
  #nextId = 1;

  constructor(file: string) {
    this.#file = file;
  }

  // Each name is answered with the type that its own scan has, which a message between threads cannot say.
  search(query: SearchQuery): Promise<FoundMessage[] | undefined> {
    return this.#ask({ name: "search", parameters: [query] }) as Promise<FoundMessage[] | undefined>;
  }

  markers(user: number): Promise<ReadMarker[]> {
    return this.#ask({ name: "markers", parameters: [user] }) as Promise<ReadMarker[]>;
  }

  marker(user: number, channel: number): Promise<ReadMarker | undefined> {
    return this.#ask({ name: "marker", parameters: [user, channel] }) as Promise<ReadMarker | undefined>;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(question: Question): Promise<unknown> {
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...question, id });
    return waiting.promise;
  }

  #start(): Worker {
    const worker = new Worker(new URL(import.meta.resolve("#long-query-worker")), { workerData: this.#file });
    // A process with nothing else to do may end.
    worker.unref();
    worker.on("message", (answer: ScanAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.result);
    });
    const lost = (error: unknown): void => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error("the thread for long questions has ended")));
    return worker;
  }
}
