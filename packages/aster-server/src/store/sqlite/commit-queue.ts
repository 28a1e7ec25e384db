import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { CommitObserver } from "../commit-observer.ts";
import { isBusy } from "./busy.ts";

/** Unit of work with its result erased. */
export interface QueuedUnit {
  run(): Promise<void>;
  onCommit(): void;
}

interface QueueEntry extends QueuedUnit {
  resolve(): void;
  reject(error: unknown): void;
}

/** Units of work in one commit. Bounds how long a later caller waits. */
const maxUnitsPerCommit = 256;
/** Time to wait for a lock of another program, such as a backup tool, before units are rejected. */
const maxBusyMs = 5000;
const busyRetryMs = 5;

/**
 * Group commit: waiting units run one after the other in one transaction, and so share one disk flush. Their
 * `onCommit` runs after the flush.
 */
export class SqliteCommitQueue {
  readonly #raw: DatabaseSync;
  readonly #observe: CommitObserver;
  readonly #afterCommit: () => void;
  #waiting: QueueEntry[] = [];
  /** Resolves when the queue is empty; undefined while it is idle. */
  #draining: PromiseWithResolvers<void> | undefined;

  /** @param afterCommit - Called after each commit, before the units learn of it. Must not throw. */
  constructor(raw: DatabaseSync, observe: CommitObserver = () => {}, afterCommit = (): void => {}) {
    this.#raw = raw;
    this.#observe = observe;
    this.#afterCommit = afterCommit;
  }

  /** Resolves when the unit is durable and its `onCommit` has run; rejects if either failed. */
  enqueue(unit: QueuedUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        run: () => unit.run(),
        onCommit: () => unit.onCommit(),
        resolve,
        reject,
      });
      if (!this.#draining) void this.#drain();
    });
  }

  /** Runs part of the current unit in a savepoint. If it throws, only its writes are undone. */
  async withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    this.#raw.exec("savepoint part");
    try {
      const result = await part();
      this.#raw.exec("release part");
      return result;
    } catch (error) {
      // On a full disk SQLite rolls back the whole transaction itself, including the savepoint.
      if (this.#raw.isTransaction) this.#raw.exec("rollback to part; release part");
      throw error;
    }
  }

  /** Resolves when the queue is empty. */
  async whenIdle(): Promise<void> {
    await this.#draining?.promise;
  }

  async #drain(): Promise<void> {
    const draining = Promise.withResolvers<void>();
    this.#draining = draining;
    while (this.#waiting.length > 0) {
      // Lets requests that have arrived on other sockets join the group; without it each request would have
      // its own commit.
      await nextTurn();
      await this.#commitGroup();
    }
    // No await since the loop condition was checked, so a unit that is added from now on starts a new drain.
    this.#draining = undefined;
    draining.resolve();
  }

  /** Begins a transaction. Waits while another program holds the lock, without blocking the event loop. */
  async #begin(): Promise<void> {
    const endsAt = performance.now() + maxBusyMs;
    for (;;) {
      try {
        this.#raw.exec("begin immediate");
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= endsAt) throw error;
        await delay(busyRetryMs);
      }
    }
  }

  async #commitGroup(): Promise<void> {
    const done: QueueEntry[] = [];
    const beganAt = performance.now();
    try {
      await this.#begin();
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
    this.#afterCommit();
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
