import { setImmediate as turn } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { Follower, StoredEvent } from "../store.ts";
import type { Tables } from "./schema.ts";
import { type Committed, Transaction } from "./transaction.ts";

/** A work without its result's type. */
export interface QueuedWork {
  /** Whether it may write outside of attempts, and so needs the lock from the start. */
  readonly writesAnywhere: boolean;
  run(transaction: Transaction): Promise<void>;
  committed(): void;
}

interface Entry {
  readonly work: QueuedWork;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most works in one commit. */
const largestGroup = 256;
/** After this time a group takes no more works: the other processes wait for its commit. */
const longestGroupMs = 20;

/**
 * Group commit over one connection: works run one after the other, and all that are waiting share one transaction.
 * What was committed is told when the follower says that everything before it has been.
 */
export class GroupQueue {
  readonly #query: Kysely<Tables>;
  readonly #observe: CommitObserver;
  #follower: Follower | undefined;
  #waiting: Entry[] = [];
  #current: Transaction | undefined;
  #draining: Promise<void> | undefined;

  constructor(query: Kysely<Tables>, observe: CommitObserver) {
    this.#query = query;
    this.#observe = observe;
  }

  follow(follower: Follower): void {
    this.#follower = follower;
  }

  /** Resolves when the work is durable and its `committed` has run; rejects if either failed. */
  add(work: QueuedWork): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Runs a part of the current work; if it throws, its writes are undone and the work goes on. */
  async attempt<Result>(part: () => Promise<Result>): Promise<Result> {
    const transaction = this.#current;
    if (!transaction) throw new Error("an attempt is part of a work");
    await transaction.lock();
    return transaction.attempt(part);
  }

  /** Waits until nothing is left to do. */
  async idle(): Promise<void> {
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
    let transaction: Transaction;
    try {
      transaction = await Transaction.begin(this.#query);
    } catch (error) {
      for (const entry of this.#waiting.splice(0)) entry.reject(error);
      return;
    }
    this.#current = transaction;
    const done: Entry[] = [];
    let committed: Committed;
    try {
      for (let count = 0; count < largestGroup && performance.now() - beganAt < longestGroupMs; count++) {
        const entry = this.#waiting.shift();
        if (!entry) break;
        if (await this.#run(entry, transaction)) done.push(entry);
      }
      if (transaction.firstOwn !== undefined) this.#follower?.committing(transaction.firstOwn);
      committed = await transaction.commit();
    } catch (error) {
      await transaction.rollback();
      this.#follower?.told([]);
      for (const entry of done) entry.reject(error);
      return;
    } finally {
      this.#current = undefined;
    }
    this.#observe(done.length, performance.now() - beganAt);
    await this.#tell(done, committed);
  }

  async #run(entry: Entry, transaction: Transaction): Promise<boolean> {
    try {
      if (entry.work.writesAnywhere) await transaction.lock();
      await transaction.attempt(() => entry.work.run(transaction));
      return true;
    } catch (error) {
      entry.reject(error);
      return false;
    }
  }

  async #tell(done: readonly Entry[], { own, newest }: Committed): Promise<void> {
    try {
      await this.#follower?.reach(beforeAll(own) ?? newest);
    } catch (error) {
      this.#follower?.told([]);
      for (const entry of done) entry.reject(error);
      return;
    }
    for (const { work, resolve, reject } of done) {
      try {
        work.committed();
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    this.#follower?.told(own);
  }
}

const beforeAll = ([first]: readonly StoredEvent[]): number | undefined => first && first.seq - 1;
