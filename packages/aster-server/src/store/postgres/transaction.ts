import { type ControlledTransaction, type Kysely, sql } from "kysely";
import type { EventKind, StoredEvent } from "../store.ts";
import { type Marks, Pending } from "./pending.ts";
import type { Tables } from "./schema.ts";
import { writePending } from "./write-pending.ts";

/** Where the parts of the store ask and write. */
export interface Source {
  /** For questions; they see what was written before. */
  reading(): Promise<Kysely<Tables>>;
  /** For changes. */
  writing(): Promise<Kysely<Tables>>;
  /** The transaction that this is; undefined where nothing can be written. */
  readonly transaction?: Transaction;
}

/** Numbers that are given out under the lock. */
interface Sequence {
  readonly event: number;
  readonly message: number;
}

/** A part whose writes can be undone alone. */
interface Frame {
  readonly marks: Marks;
  readonly sequence: Sequence | undefined;
  /** The savepoint at its beginning, made when the first row is written. */
  savepoint: string | undefined;
}

/** What became of a transaction. */
export interface Committed {
  readonly own: readonly StoredEvent[];
  /** The newest event that the transaction can have seen. */
  readonly newest: number;
}

/**
 * One transaction, shared by several works. The first that may write locks the row of sequences until the commit,
 * so that in the whole cluster changes happen one after the other, each seeing all before it, and numbers have no
 * gaps and appear in their order.
 */
export class Transaction implements Source {
  readonly #query: ControlledTransaction<Tables>;
  readonly #pending = new Pending();
  readonly #frames: Frame[] = [];
  #before: Sequence | undefined;
  #sequence: Sequence | undefined;
  #savepoints = 0;

  private constructor(query: ControlledTransaction<Tables>) {
    this.#query = query;
  }

  static async begin(query: Kysely<Tables>): Promise<Transaction> {
    return new Transaction(await query.startTransaction().execute());
  }

  get transaction(): Transaction {
    return this;
  }

  /** For questions that do not concern what is gathered. */
  get query(): Kysely<Tables> {
    return this.#query;
  }

  /** What is gathered and perhaps not written yet. */
  get pending(): Pending {
    return this.#pending;
  }

  /** The first number that an event of this transaction has or would have; undefined without the lock. */
  get firstOwn(): number | undefined {
    return this.#before && this.#before.event + 1;
  }

  /** Waits for the turn of this process. */
  async lock(): Promise<Sequence> {
    if (this.#sequence) return this.#sequence;
    const row = await this.#query
      .selectFrom("sequence")
      .select(["newest_event as event", "newest_message as message"])
      .forUpdate()
      .executeTakeFirstOrThrow();
    this.#before = row;
    this.#sequence = row;
    return row;
  }

  async reading(): Promise<Kysely<Tables>> {
    if (!this.#pending.isWritten) await this.#write();
    return this.#query;
  }

  async writing(): Promise<Kysely<Tables>> {
    await this.lock();
    await this.#write();
    return this.#query;
  }

  /** Adds an event under the next number. */
  async addEvent(
    kind: EventKind,
    channel: number | null,
    subject: number | null,
    date: number,
  ): Promise<number> {
    const { event, message } = await this.lock();
    const seq = event + 1;
    this.#sequence = { event: seq, message };
    this.#pending.addEvent({ seq, kind, channel, subject, date });
    return seq;
  }

  /** Number of the newest event, those of this transaction included. */
  async newestEvent(): Promise<number> {
    if (this.#sequence) return this.#sequence.event;
    const { newest } = await this.#query
      .selectFrom("sequence")
      .select("newest_event as newest")
      .executeTakeFirstOrThrow();
    return newest;
  }

  /** The place of the next message among all messages. */
  async nextPlace(): Promise<number> {
    const { event, message } = await this.lock();
    this.#sequence = { event, message: message + 1 };
    return message + 1;
  }

  /** Runs a part; if it throws, its writes are undone, and only they. */
  async attempt<Result>(part: () => Promise<Result>): Promise<Result> {
    const frame: Frame = { marks: this.#pending.marks, sequence: this.#sequence, savepoint: undefined };
    this.#frames.push(frame);
    try {
      const result = await part();
      this.#frames.pop();
      return result;
    } catch (error) {
      this.#frames.pop();
      await this.#undo(frame);
      throw error;
    }
  }

  /** Writes what is left and makes everything durable. */
  async commit(): Promise<Committed> {
    if (!this.#pending.isWritten) await this.#write();
    const newest = await this.newestEvent();
    const { event, message } = this.#sequence ?? {};
    if (event !== this.#before?.event || message !== this.#before?.message) {
      await this.#query
        .updateTable("sequence")
        .set({ newest_event: event ?? 0, newest_message: message ?? 0 })
        .execute();
    }
    await this.#query.commit().execute();
    return { own: this.#pending.events, newest };
  }

  /** Gives everything up; never rejects, since the connection may be gone. */
  async rollback(): Promise<void> {
    await this.#query
      .rollback()
      .execute()
      .catch(() => {});
  }

  /** Makes the savepoints of all parts that are under way, each behind the rows that came before it. */
  async #write(): Promise<void> {
    let made: Frame | undefined;
    for (const frame of this.#frames) {
      if (frame.savepoint !== undefined) continue;
      // Parts that begin at the same row share one; what was written before them lies behind an older one.
      const isSame = made !== undefined && equal(made.marks, frame.marks);
      frame.savepoint = isSame ? made?.savepoint : await this.#save(frame.marks);
      made = frame;
    }
    await writePending(this.#query, this.#pending.take(this.#pending.marks));
  }

  async #save(marks: Marks): Promise<string> {
    await writePending(this.#query, this.#pending.take(marks));
    const name = `part_${++this.#savepoints}`;
    await sql.raw(`savepoint ${name}`).execute(this.#query);
    return name;
  }

  async #undo({ marks, sequence, savepoint }: Frame): Promise<void> {
    this.#pending.undo(marks);
    // Whatever was locked stays locked, so numbers that were given back are still ours.
    this.#sequence = sequence ?? this.#before;
    if (savepoint !== undefined) await sql.raw(`rollback to ${savepoint}`).execute(this.#query);
  }
}

const equal = (a: Marks, b: Marks): boolean =>
  a.messages === b.messages && a.events === b.events && a.nonces === b.nonces;
