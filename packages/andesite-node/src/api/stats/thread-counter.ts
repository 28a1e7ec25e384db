import type { Worker } from "node:worker_threads";
import type { ThreadCounts } from "./statistics.ts";

/**
 * Counts the JavaScript threads of this process: the one that creates the counter, and the workers started
 * after it.
 */
export class ThreadCounter {
  #running = 1;
  #peak = 1;
  #totalStarted = 1;
  readonly #onWorkerStarted = (worker: Worker): void => {
    this.#totalStarted++;
    this.#peak = Math.max(this.#peak, ++this.#running);
    worker.once("exit", () => this.#running--);
  };

  constructor() {
    process.on("worker", this.#onWorkerStarted);
  }

  get counts(): ThreadCounts {
    return { running: this.#running, peak: this.#peak, totalStarted: this.#totalStarted };
  }

  close(): void {
    process.off("worker", this.#onWorkerStarted);
  }
}
