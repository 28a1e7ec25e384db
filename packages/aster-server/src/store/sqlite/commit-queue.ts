import type { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import type { CommitObserver } from "../commit-observer.ts";

/** A work without its result's type: what to run, and what to call when it is durable. */
export interface QueuedUnit {
  run(): Promise<void>;
  onCommit(): void;
}

interface QueueEntry extends QueuedUnit {
  resolve(): void;
  reject(error: unknown): void;
}

/** Most works in one commit: a later caller waits for at most this many and one disk flush. */
const maxUnitsPerCommit = 256;

/**
 * Group commit: works run one after the other, and all that are waiting share one transaction and so one
 * disk flush. Nothing is told to anybody before the flush.
 */
export class SqliteCommitQueue {
  readonly #raw: DatabaseSync;
  readonly #observe: CommitObserver;
  #waiting: QueueEntry[] = [];
  /** Resolves when nothing is left; undefined while there is nothing to do. */
  #draining: PromiseWithResolvers<void> | undefined;

  constructor(raw: DatabaseSync, observe: CommitObserver = () => {}) {
    this.#raw = raw;
    this.#observe = observe;
  }

  /** Resolves when the work is durable and its `committed` has run; rejects if either failed. */
  enqueue(work: QueuedUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        run: () => work.run(),
        onCommit: () => work.onCommit(),
        resolve,
        reject,
      });
      if (!this.#draining) void this.#drain();
    });
  }

  /** Runs a part of the current work; if it throws, its writes are undone and the work goes on. */
  async withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    this.#raw.exec("savepoint part");
    try {
      const result = await part();
      this.#raw.exec("release part");
      return result;
    } catch (error) {
      // A full disk makes SQLite undo the whole transaction by itself, the savepoint included.
      if (this.#raw.isTransaction) this.#raw.exec("rollback to part; release part");
      throw error;
    }
  }

  /** Waits until nothing is left to do. */
  async whenIdle(): Promise<void> {
    await this.#draining?.promise;
  }

  async #drain(): Promise<void> {
    const draining = Promise.withResolvers<void>();
    this.#draining = draining;
    while (this.#waiting.length > 0) {
      // What has arrived at other sockets is read first and joins the group; without this every request would
      // have a commit of its own.
      await turn();
      await this.#commitGroup();
    }
    // No await since the last look: a work added from now on starts the next round.
    this.#draining = undefined;
    draining.resolve();
  }

  async #commitGroup(): Promise<void> {
    const done: QueueEntry[] = [];
    const beganAt = performance.now();
    try {
      this.#raw.exec("begin immediate");
    } catch (error) {
      for (const entry of this.#waiting.splice(0)) entry.reject(error);
      return;
    }
    try {
      while (done.length < maxUnitsPerCommit) {
        const entry = this.#waiting.shift();
        if (!entry) break;
        try {
          await this.withSavepoint(() => entry.run());
          done.push(entry);
        } catch (error) {
          entry.reject(error);
          if (!this.#raw.isTransaction) throw error;
        }
      }
      this.#raw.exec("commit");
    } catch (error) {
      if (this.#raw.isTransaction) this.#raw.exec("rollback");
      for (const entry of done) entry.reject(error);
      return;
    }
    this.#observe(done.length, performance.now() - beganAt);
    for (const entry of done) {
      try {
        entry.onCommit();
        entry.resolve();
      } catch (error) {
        entry.reject(error);
      }
    }
  }
}
