import { type ControlledTransaction, type Kysely, sql } from "kysely";
import type { EventType, StoredEvent } from "../store.ts";
import { PendingRows, type RowCounts } from "./pending-rows.ts";
import type { Tables } from "./schema.ts";
import { writePendingRows } from "./write-pending-rows.ts";

/** Where the parts of the store ask and write. */
export interface QuerySource {
  /** For questions; they see what was written before. */
  queryForReading(): Promise<Kysely<Tables>>;
  /** For changes. */
  queryForWriting(): Promise<Kysely<Tables>>;
  /** The transaction that this is; undefined where nothing can be written. */
  readonly transaction?: Transaction;
}

/** Numbers that are given out under the lock. */
interface SequenceNumbers {
  readonly event: number;
  readonly message: number;
}

/** A part whose writes can be undone alone. */
interface SavepointFrame {
  readonly rowCounts: RowCounts;
  readonly sequence: SequenceNumbers | undefined;
  /** The savepoint at its beginning, made when the first row is written. */
  savepoint: string | undefined;
}

/**
 * One transaction, shared by several works. One that writes locks the row of sequences until the commit, so that in
 * the whole cluster changes happen one after the other, each seeing all before it, and numbers have no gaps and
 * appear in their order.
 */
export class Transaction implements QuerySource {
  readonly #query: ControlledTransaction<Tables>;
  readonly #pending = new PendingRows();
  readonly #frames: SavepointFrame[] = [];
  #committedSequence: SequenceNumbers | undefined;
  #sequence: SequenceNumbers | undefined;
  #savepointCount = 0;

  /** The newest event at the beginning; nothing of others can be newer to this transaction. */
  readonly newestAtStart: number;

  private constructor(query: ControlledTransaction<Tables>, newest: number) {
    this.#query = query;
    this.newestAtStart = newest;
  }

  /** Waits for the turn of this process. What others have changed before is seen, and they change nothing more. */
  static async forWriting(query: Kysely<Tables>): Promise<Transaction> {
    const opened = await query.startTransaction().execute();
    return await orRollBack(opened, async () => {
      const row = await opened
        .selectFrom("sequence")
        .select(["newest_event as event", "newest_message as message"])
        .forUpdate()
        .executeTakeFirstOrThrow();
      const transaction = new Transaction(opened, row.event);
      transaction.#committedSequence = row;
      transaction.#sequence = row;
      return transaction;
    });
  }

  /** Sees the state of one moment and changes nothing; several works may ask at the same time. */
  static async forReading(query: Kysely<Tables>): Promise<Transaction> {
    const begin = query.startTransaction().setIsolationLevel("repeatable read").setAccessMode("read only");
    const opened = await begin.execute();
    return await orRollBack(opened, async () => {
      const { newest } = await opened
        .selectFrom("sequence")
        .select("newest_event as newest")
        .executeTakeFirstOrThrow();
      return new Transaction(opened, newest);
    });
  }

  get transaction(): Transaction {
    return this;
  }

  /** For questions that do not concern what is gathered. */
  get query(): Kysely<Tables> {
    return this.#query;
  }

  /** What is gathered and perhaps not written yet. */
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

  /** Adds an event under the next number. */
  addEvent(kind: EventType, channel: number | null, subject: number | null, date: number): number {
    const { event, message } = this.#requireSequence();
    const seq = event + 1;
    this.#sequence = { event: seq, message };
    this.#pending.addEvent({ seq, type: kind, channel, subject, date });
    return seq;
  }

  /** Number of the newest event, those of this transaction included. */
  get newestEvent(): number {
    return this.#sequence?.event ?? this.newestAtStart;
  }

  /** The place of the next message among all messages. */
  takeNextPlace(): number {
    const { event, message } = this.#requireSequence();
    this.#sequence = { event, message: message + 1 };
    return message + 1;
  }

  /** Runs a part; if it throws, its writes are undone, and only they. */
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

  /** Writes what is left, makes everything durable and tells which events there are now. */
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

  /** Gives everything up; never rejects, since the connection may be gone. */
  async rollback(): Promise<void> {
    await this.#query
      .rollback()
      .execute()
      .catch(() => {});
  }

  /**
   * Does not wait for a statement whose success goes without saying: the next one is on its way meanwhile. If it
   * fails after all, so does everything after it, the commit included.
   */
  #sendWithoutWaiting(statement: Promise<unknown>): void {
    statement.catch(() => {});
  }

  #requireSequence(): SequenceNumbers {
    if (!this.#sequence) throw new Error("a work that only reads cannot write");
    return this.#sequence;
  }

  /** Makes the savepoints of all parts that are under way, each behind the rows that came before it. */
  async #flushPending(): Promise<void> {
    let made: SavepointFrame | undefined;
    for (const frame of this.#frames) {
      if (frame.savepoint !== undefined) continue;
      // Parts that begin at the same row share one; what was written before them lies behind an older one.
      const isSame = made !== undefined && areEqual(made.rowCounts, frame.rowCounts);
      frame.savepoint = isSame ? made?.savepoint : await this.#createSavepoint(frame.rowCounts);
      made = frame;
    }
    await writePendingRows(this.#query, this.#pending.takeUnwritten(this.#pending.rowCounts));
  }

  async #createSavepoint(marks: RowCounts): Promise<string> {
    await writePendingRows(this.#query, this.#pending.takeUnwritten(marks));
    const name = `part_${++this.#savepointCount}`;
    this.#sendWithoutWaiting(sql.raw(`savepoint ${name}`).execute(this.#query));
    return name;
  }

  async #rollBackTo({ rowCounts: marks, sequence, savepoint }: SavepointFrame): Promise<void> {
    this.#pending.truncateTo(marks);
    // Whatever was locked stays locked, so numbers that were given back are still ours.
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
