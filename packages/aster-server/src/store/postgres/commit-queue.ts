import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { Follower } from "../shared-log.ts";
import type { StoredEvent } from "../store.ts";
import { demandsReconnection } from "./fail-over.ts";
import type { PlacementExpression } from "./placement.ts";
import type { Pools } from "./pools.ts";
import type { Tables } from "./schema.ts";
import { Transaction } from "./transaction.ts";

/** Unit of work with its result erased. */
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

/** Units of work in one commit. */
const maxUnitsPerCommit = 256;
/** Time after which a writing group takes no more units: other processes wait for its commit. */
const maxWriteMs = 20;

/**
 * Group commit over one connection. Waiting units that write run one after the other in one transaction;
 * waiting units that only read run concurrently in another. Before a group runs, all earlier events have been
 * published here.
 */
export class PostgresCommitQueue {
  readonly #query: Kysely<Tables>;
  readonly #reconnect: () => Promise<void>;
  readonly #placement: PlacementExpression;
  readonly #observe: CommitObserver;
  #follower: Follower | undefined;
  #waiting: QueueEntry[] = [];
  #current: Transaction | undefined;
  #draining: Promise<void> | undefined;

  constructor(
    { writing, reconnect }: Pick<Pools, "writing" | "reconnect">,
    placement: PlacementExpression,
    observe: CommitObserver,
  ) {
    this.#query = writing;
    this.#reconnect = reconnect;
    this.#placement = placement;
    this.#observe = observe;
  }

  /** Registers the follower that is notified before and after each commit. */
  setFollower(follower: Follower): void {
    this.#follower = follower;
  }

  /** Resolves when the unit is durable and its `onCommit` has run; rejects if either failed. */
  enqueue(unit: QueuedUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ unit, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Runs part of the current unit in a savepoint. If it throws, only its writes are undone. */
  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    const transaction = this.#current;
    if (!transaction) return Promise.reject(new Error("a savepoint needs a transaction"));
    return transaction.withSavepoint(part);
  }

  /** Resolves when the queue is empty. */
  async whenIdle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Lets requests that have arrived on other sockets join the group.
      await nextTurn();
      await this.#commitGroup();
    }
    this.#draining = undefined;
  }

  async #commitGroup(): Promise<void> {
    const beganAt = performance.now();
    const isReadOnly = this.#waiting[0]?.unit.isReadOnly ?? false;
    let transaction: Transaction;
    // Otherwise an event could be published that the snapshot does not contain. A writing transaction sees
    // all events.
    if (isReadOnly) this.#follower?.pause();
    try {
      transaction = await this.#begin(isReadOnly);
    } catch (error) {
      this.#follower?.resume([]);
      for (const entry of this.#waiting.splice(0)) entry.reject(error);
      return;
    }
    this.#current = transaction;
    let done: QueueEntry[] = [];
    let ownEvents: readonly StoredEvent[] = [];
    try {
      // The in-memory state then matches the state that the transaction sees.
      await this.#follower?.pauseAt(transaction.newestAtStart, transaction.epoch);
      done = isReadOnly ? await this.#runReaders(transaction) : await this.#runWriters(transaction);
      ownEvents = await transaction.commit();
    } catch (error) {
      await transaction.rollback();
      if (demandsReconnection(error)) await this.#reconnect();
      this.#follower?.resume([]);
      for (const entry of done) entry.reject(error);
      return;
    } finally {
      this.#current = undefined;
    }
    this.#observe(done.length, performance.now() - beganAt);
    for (const { unit, resolve, reject } of done) {
      try {
        unit.onCommit();
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    this.#follower?.resume(ownEvents);
  }

  /** Begins a transaction; on another connection if the database server became read-only or shuts down. */
  async #begin(isReadOnly: boolean): Promise<Transaction> {
    const begin = (): Promise<Transaction> =>
      isReadOnly ? Transaction.forReading(this.#query) : Transaction.forWriting(this.#query, this.#placement);
    try {
      return await begin();
    } catch (error) {
      if (!demandsReconnection(error)) throw error;
      await this.#reconnect();
      return await begin();
    }
  }

  /**
   * Runs waiting units that write, one after the other, until none is left or the group reaches its limits.
   */
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

  /** Runs waiting units that only read concurrently, which pipelines their queries. */
  async #runReaders(transaction: Transaction): Promise<QueueEntry[]> {
    const end = this.#waiting.findIndex(({ unit }) => !unit.isReadOnly);
    const entries = this.#waiting.splice(
      0,
      Math.min(maxUnitsPerCommit, end === -1 ? this.#waiting.length : end),
    );
    const hasSucceeded = await Promise.all(entries.map((entry) => runUnit(entry, transaction)));
    return entries.filter((_, index) => hasSucceeded[index]);
  }
}

/** Runs a unit. Returns whether it succeeded; rejects its caller if not. */
async function runUnit({ unit, reject }: QueueEntry, transaction: Transaction): Promise<boolean> {
  try {
    await (unit.isReadOnly ? unit.run(transaction) : transaction.withSavepoint(() => unit.run(transaction)));
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}
