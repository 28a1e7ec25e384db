import { setImmediate as turn } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { Follower, StoredEvent } from "../store.ts";
import type { Tables } from "./schema.ts";
import { Transaction } from "./transaction.ts";

/** A work without its result's type. */
export interface QueuedUnit {
  readonly isReadOnly: boolean;
  run(transaction: Transaction): Promise<void>;
  onCommit(): void;
}

interface QueueEntry {
  readonly unit: QueuedUnit;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most works in one commit. */
const maxUnitsPerCommit = 256;
/** After this time a group that writes takes no more works: the other processes wait for its commit. */
const maxWriteMs = 20;

/**
 * Group commit over one connection: works that write run one after the other, and all that are waiting share one
 * transaction; so do works that only read. Before they run, everybody has been told of what was before.
 */
export class PostgresCommitQueue {
  readonly #query: Kysely<Tables>;
  readonly #observe: CommitObserver;
  #follower: Follower | undefined;
  #waiting: QueueEntry[] = [];
  #current: Transaction | undefined;
  #draining: Promise<void> | undefined;

  constructor(query: Kysely<Tables>, observe: CommitObserver) {
    this.#query = query;
    this.#observe = observe;
  }

  setFollower(follower: Follower): void {
    this.#follower = follower;
  }

  /** Resolves when the work is durable and its `committed` has run; rejects if either failed. */
  enqueue(work: QueuedUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ unit: work, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Runs a part of the current work; if it throws, its writes are undone and the work goes on. */
  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    const transaction = this.#current;
    if (!transaction) return Promise.reject(new Error("an attempt is part of a work"));
    return transaction.withSavepoint(part);
  }

  /** Waits until nothing is left to do. */
  async whenIdle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What has arrived at other sockets is read first and joins the group.
      await turn();
      await this.#commitGroup();
    }
    this.#draining = undefined;
  }

  async #commitGroup(): Promise<void> {
    const beganAt = performance.now();
    const isReading = this.#waiting[0]?.unit.isReadOnly ?? false;
    let transaction: Transaction;
    // Else somebody could be told of what the look that follows does not show; a lock shows everything.
    if (isReading) this.#follower?.pause();
    try {
      transaction = isReading
        ? await Transaction.forReading(this.#query)
        : await Transaction.forWriting(this.#query);
    } catch (error) {
      this.#follower?.resume([]);
      for (const entry of this.#waiting.splice(0)) entry.reject(error);
      return;
    }
    this.#current = transaction;
    let done: QueueEntry[] = [];
    let own: readonly StoredEvent[] = [];
    try {
      // What is in memory is of the same moment as what is in the database.
      await this.#follower?.pauseAt(transaction.newestAtStart);
      done = isReading ? await this.#runReaders(transaction) : await this.#runWriters(transaction);
      own = await transaction.commit();
    } catch (error) {
      await transaction.rollback();
      this.#follower?.resume([]);
      for (const entry of done) entry.reject(error);
      return;
    } finally {
      this.#current = undefined;
    }
    this.#observe(done.length, performance.now() - beganAt);
    for (const { unit: work, resolve, reject } of done) {
      try {
        work.onCommit();
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    this.#follower?.resume(own);
  }

  /** Runs works that write, one after the other, as long as some are waiting and the others are not kept too long. */
  async #runWriters(transaction: Transaction): Promise<QueueEntry[]> {
    const beganAt = performance.now();
    const done: QueueEntry[] = [];
    while (done.length < maxUnitsPerCommit && performance.now() - beganAt < maxWriteMs) {
      if (this.#waiting[0]?.unit.isReadOnly !== false) break;
      const entry = this.#waiting.shift();
      if (entry && (await runUnit(entry, transaction))) done.push(entry);
    }
    return done;
  }

  /** Runs works that only read at the same time: what one asks is on its way while another is answered. */
  async #runReaders(transaction: Transaction): Promise<QueueEntry[]> {
    const end = this.#waiting.findIndex(({ unit: work }) => !work.isReadOnly);
    const entries = this.#waiting.splice(
      0,
      Math.min(maxUnitsPerCommit, end === -1 ? this.#waiting.length : end),
    );
    const wereRun = await Promise.all(entries.map((entry) => runUnit(entry, transaction)));
    return entries.filter((_, index) => wereRun[index]);
  }
}

async function runUnit({ unit: work, reject }: QueueEntry, transaction: Transaction): Promise<boolean> {
  try {
    await (work.isReadOnly ? work.run(transaction) : transaction.withSavepoint(() => work.run(transaction)));
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}
