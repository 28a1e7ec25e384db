import { type ControlledTransaction, type Kysely, sql } from "kysely";
import type { EventType, StoredEvent } from "../store.ts";
import { startEpoch } from "./epochs.ts";
import { PendingRows, type RowCounts } from "./pending-rows.ts";
import type { PlacementExpression } from "./placement.ts";
import type { Tables } from "./schema.ts";
import { writePendingRows } from "./write-pending-rows.ts";

/** Source of the queries of repositories: a transaction, or a pool outside transactions. */
export interface QuerySource {
  /** Returns the query builder for reads. Flushes pending rows first, so that reads see them. */
  queryForReading(): Promise<Kysely<Tables>>;
  /**
   * Returns the query builder for writes. Flushes pending rows first, so that writes keep their order.
   *
   * @throws Error outside a transaction, or in one that only reads.
   */
  queryForWriting(): Promise<Kysely<Tables>>;
  /** The transaction; undefined for a pool. */
  readonly transaction?: Transaction;
}

/** Last numbers that were assigned under the sequence lock. */
interface SequenceNumbers {
  readonly event: number;
  readonly message: number;
}

/** State of the event log at the beginning of a transaction. */
interface LogState {
  /** Number of the newest event. */
  readonly event: number;
  readonly epoch: string;
}

/** Part of a unit of work whose writes can be undone alone. */
interface SavepointFrame {
  /** Pending rows at its beginning. */
  readonly rowCounts: RowCounts;
  readonly sequence: SequenceNumbers | undefined;
  /** Name of the savepoint at its beginning; created only when rows are flushed. */
  savepoint: string | undefined;
}

/**
 * Transaction, shared by a group of units of work. A writing transaction locks the row of sequence numbers
 * until its commit, so writes in the whole cluster are serialized, each sees all earlier ones, and event and
 * message numbers become visible in order and without gaps.
 */
export class Transaction implements QuerySource {
  readonly #query: ControlledTransaction<Tables>;
  readonly #pending = new PendingRows();
  readonly #frames: SavepointFrame[] = [];
  #committedSequence: SequenceNumbers | undefined;
  #sequence: SequenceNumbers | undefined;
  #savepointCount = 0;

  /** Newest event at the beginning; the transaction sees no newer event of another process. */
  readonly newestAtStart: number;
  /** Epoch of the event log. */
  readonly epoch: string;

  private constructor(query: ControlledTransaction<Tables>, { event, epoch }: LogState) {
    this.#query = query;
    this.newestAtStart = event;
    this.epoch = epoch;
  }

  /**
   * Begins a writing transaction. Takes the sequence lock: sees all earlier commits and blocks later ones. If the
   * database is in another place than at the last commit, it may have gone back, so a new epoch starts.
   */
  static async forWriting(query: Kysely<Tables>, placement: PlacementExpression): Promise<Transaction> {
    const opened = await query.startTransaction().execute();
    return await orRollBack(opened, async () => {
      const row = await opened
        .selectFrom("sequence")
        .select([
          "newest_event as event",
          "newest_message as message",
          "epoch",
          "placement as stored",
          placement.as("actual"),
        ])
        .forUpdate()
        .executeTakeFirstOrThrow();
      const { event, message, stored, actual } = row;
      let { epoch } = row;
      if (actual !== null && actual !== stored) {
        if (stored !== null) epoch = await startEpoch(opened, event);
        await opened.updateTable("sequence").set({ placement: actual }).execute();
      }
      const transaction = new Transaction(opened, { event, epoch });
      transaction.#committedSequence = { event, message };
      transaction.#sequence = transaction.#committedSequence;
      return transaction;
    });
  }

  /** Begins a read-only transaction on one snapshot, which several units may query concurrently. */
  static async forReading(query: Kysely<Tables>): Promise<Transaction> {
    const begin = query.startTransaction().setIsolationLevel("repeatable read").setAccessMode("read only");
    const opened = await begin.execute();
    return await orRollBack(opened, async () => {
      const state = await opened
        .selectFrom("sequence")
        .select(["newest_event as event", "epoch"])
        .executeTakeFirstOrThrow();
      return new Transaction(opened, state);
    });
  }

  get transaction(): Transaction {
    return this;
  }

  /** Query builder for reads that pending rows cannot affect. Does not flush. */
  get query(): Kysely<Tables> {
    return this.#query;
  }

  /** Rows of this transaction that are inserted in batches. */
  get pending(): PendingRows {
    return this.#pending;
  }

  async queryForReading(): Promise<Kysely<Tables>> {
    if (!this.#pending.isFlushed) await this.#flushPending();
    return this.#query;
  }

  async queryForWriting(): Promise<Kysely<Tables>> {
    this.#requireSequence();
    await this.#flushPending();
    return this.#query;
  }

  /** Appends an event under the next number and returns the number. */
  addEvent(type: EventType, channel: number | null, subject: number | null, date: number): number {
    const { event, message } = this.#requireSequence();
    const seq = event + 1;
    this.#sequence = { event: seq, message };
    this.#pending.addEvent({ seq, type, channel, subject, date });
    return seq;
  }

  /** Number of the newest event, including those of this transaction. */
  get newestEvent(): number {
    return this.#sequence?.event ?? this.newestAtStart;
  }

  /** Assigns the next place in the insertion order of all messages. */
  takeNextPlace(): number {
    const { event, message } = this.#requireSequence();
    this.#sequence = { event, message: message + 1 };
    return message + 1;
  }

  /** Runs part of a unit. If it throws, only the writes of this part are undone. */
  async withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    const frame: SavepointFrame = {
      rowCounts: this.#pending.rowCounts,
      sequence: this.#sequence,
      savepoint: undefined,
    };
    this.#frames.push(frame);
    try {
      const result = await part();
      this.#frames.pop();
      return result;
    } catch (error) {
      this.#frames.pop();
      await this.#rollBackTo(frame);
      throw error;
    }
  }

  /** Flushes pending rows and commits. Returns the events of this transaction. */
  async commit(): Promise<readonly StoredEvent[]> {
    if (!this.#pending.isFlushed) await this.#flushPending();
    const { event, message } = this.#sequence ?? {};
    if (event !== this.#committedSequence?.event || message !== this.#committedSequence?.message) {
      const change = { newest_event: event ?? 0, newest_message: message ?? 0 };
      this.#sendWithoutWaiting(this.#query.updateTable("sequence").set(change).execute());
    }
    await this.#query.commit().execute();
    return this.#pending.events;
  }

  /** Rolls back. Never rejects: if the connection is lost, so is the transaction. */
  async rollback(): Promise<void> {
    await this.#query
      .rollback()
      .execute()
      .catch(() => {});
  }

  /**
   * Sends a statement without waiting for its result, to save a round trip. If it fails, PostgreSQL refuses all
   * later statements and answers the commit with `ROLLBACK`, for which Kysely rejects the commit.
   */
  #sendWithoutWaiting(statement: Promise<unknown>): void {
    statement.catch(() => {});
  }

  #requireSequence(): SequenceNumbers {
    if (!this.#sequence) throw new Error("a read-only unit of work cannot write");
    return this.#sequence;
  }

  /** Flushes pending rows, and creates the savepoint of each open part after the rows that precede it. */
  async #flushPending(): Promise<void> {
    let previous: SavepointFrame | undefined;
    for (const frame of this.#frames) {
      if (frame.savepoint !== undefined) continue;
      // Parts that begin at the same row share a savepoint.
      const isSame = previous !== undefined && areEqual(previous.rowCounts, frame.rowCounts);
      frame.savepoint = isSame ? previous?.savepoint : await this.#createSavepoint(frame.rowCounts);
      previous = frame;
    }
    await writePendingRows(this.#query, this.#pending.takeUnwritten(this.#pending.rowCounts));
  }

  async #createSavepoint(rowCounts: RowCounts): Promise<string> {
    await writePendingRows(this.#query, this.#pending.takeUnwritten(rowCounts));
    const name = `part_${++this.#savepointCount}`;
    this.#sendWithoutWaiting(sql.raw(`savepoint ${name}`).execute(this.#query));
    return name;
  }

  async #rollBackTo({ rowCounts, sequence, savepoint }: SavepointFrame): Promise<void> {
    this.#pending.truncateTo(rowCounts);
    // The rollback keeps the sequence lock, so the numbers can be assigned again.
    this.#sequence = sequence ?? this.#committedSequence;
    if (savepoint !== undefined) await sql.raw(`rollback to ${savepoint}`).execute(this.#query);
  }
}

async function orRollBack(
  opened: ControlledTransaction<Tables>,
  prepare: () => Promise<Transaction>,
): Promise<Transaction> {
  try {
    return await prepare();
  } catch (error) {
    await opened
      .rollback()
      .execute()
      .catch(() => {});
    throw error;
  }
}

const areEqual = (a: RowCounts, b: RowCounts): boolean =>
  a.messages === b.messages && a.events === b.events && a.nonces === b.nonces;
