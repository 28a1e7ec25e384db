import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { ServerError } from "../../errors.ts";
import type { CommitObserver } from "../commit-observer.ts";
import type { UnitRate } from "../store.ts";
import { isBusy } from "./busy.ts";

/** Unit of work with its result erased. */
export interface QueuedUnit {
  /** See {@link UnitOfWork.rate}. */
  readonly rate?: UnitRate | undefined;
  run(): Promise<void>;
  onCommit(): void;
}

/** What a {@link SqliteCommitQueue} calls after each commit, in this order. */
interface CommitHooks {
  /** Makes the commit durable, if SQLite has not done so. After a rejection the queue rejects every unit. */
  readonly flush?: (() => Promise<void> | undefined) | undefined;
  /** Called before the units learn of it. Must not throw. */
  afterCommit?(): void;
  readonly observe?: CommitObserver | undefined;
}

interface QueueEntry extends QueuedUnit {
  /** Tokens of its rate when the group began. */
  level: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Units of work in one commit. Bounds how long a later caller waits. */
const maxUnitsPerCommit = 256;
/** Time in ms after which a group is committed, so that slow units do not keep the event loop from other sockets. */
const maxGroupMs = 5;
/** Time to wait for a lock of another program, such as a backup tool, before units are rejected. */
const maxBusyMs = 5000;
const busyRetryMs = 5;

/**
 * Group commit: waiting units run one after the other in one transaction, and so share one disk flush. Their
 * `onCommit` runs after the flush.
 */
export class SqliteCommitQueue {
  readonly #raw: DatabaseSync;
  readonly #selectChanges: StatementSync;
  // Prepared, because they run for each unit and each command.
  readonly #beginPart: StatementSync;
  readonly #endPart: StatementSync;
  readonly #hooks: CommitHooks;
  #waiting: QueueEntry[] = [];
  /** Resolves when the queue is empty; undefined while it is idle. */
  #draining: PromiseWithResolvers<void> | undefined;
  /** Rows changed up to the last flush. */
  #flushedChanges: unknown;
  /** Failure of a flush, after which it is unknown what the disk holds. */
  #failure: Error | undefined;

  constructor(raw: DatabaseSync, hooks: CommitHooks = {}) {
    this.#raw = raw;
    this.#hooks = hooks;
    this.#selectChanges = raw.prepare("select total_changes() as count");
    this.#beginPart = raw.prepare("savepoint part");
    this.#endPart = raw.prepare("release part");
  }

  /** Whether a flush has failed, after which every unit is rejected. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when the unit is durable and its `onCommit` has run; rejects if either failed. */
  enqueue(unit: QueuedUnit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        rate: unit.rate,
        level: Number.POSITIVE_INFINITY,
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
    this.#beginPart.run();
    try {
      const result = await part();
      this.#endPart.run();
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

  /** Waits until the commit is durable. A group that only read had nothing to flush. */
  async #flush(): Promise<void> {
    const changes = this.#selectChanges.get()?.["count"];
    if (!this.#hooks.flush || changes === this.#flushedChanges) return;
    try {
      await this.#hooks.flush();
      this.#flushedChanges = changes;
    } catch (error) {
      // The system may have dropped what it could not write, so a second flush would prove nothing.
      const message = "the database could not be flushed to disk; check the disk and restart the server";
      this.#failure = new ServerError("DATABASE_UNUSABLE", message, { cause: error });
      throw this.#failure;
    }
  }

  /** Puts units of light users first; the order of arrival decides among equals. */
  #sortWaiting(): void {
    if (this.#waiting.length < 2) return;
    for (const entry of this.#waiting) entry.level = entry.rate?.level ?? Number.POSITIVE_INFINITY;
    this.#waiting.sort((one, other) => (one.level === other.level ? 0 : other.level - one.level));
  }

  async #commitGroup(): Promise<void> {
    const done: QueueEntry[] = [];
    const beganAt = performance.now();
    try {
      if (this.#failure) throw this.#failure;
      await this.#begin();
    } catch (error) {
      for (const entry of this.#waiting.splice(0)) entry.reject(error);
      return;
    }
    try {
      this.#sortWaiting();
      const endsAt = performance.now() + maxGroupMs;
      while (done.length < maxUnitsPerCommit && performance.now() < endsAt) {
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
      await this.#flush();
    } catch (error) {
      if (this.#raw.isTransaction) this.#raw.exec("rollback");
      for (const entry of done) entry.reject(error);
      return;
    }
    this.#hooks.afterCommit?.();
    this.#hooks.observe?.(done.length, performance.now() - beganAt);
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
