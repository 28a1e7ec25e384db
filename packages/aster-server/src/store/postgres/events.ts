import { eventsKept, eventsSurplus } from "../limits.ts";
import type { EventKind, EventStore, StoredEvent } from "../store.ts";
import type { Source } from "./transaction.ts";

/** The event log in PostgreSQL, numbered under the lock of the transaction. */
export class PostgresEvents implements EventStore {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  async add(kind: EventKind, channel: number | null, subject: number | null, date: number): Promise<number> {
    const { transaction } = this.#source;
    if (!transaction) throw new Error("events are added in a transaction");
    const seq = transaction.addEvent(kind, channel, subject, date);
    if (seq % eventsSurplus === 0) {
      const query = await transaction.writing();
      await query
        .deleteFrom("events")
        .where("seq", "<=", seq - eventsKept)
        .execute();
    }
    return seq;
  }

  async newest(): Promise<number> {
    const { transaction } = this.#source;
    if (transaction) return transaction.newestEvent;
    const query = await this.#source.reading();
    const row = await query.selectFrom("sequence").select("newest_event as newest").executeTakeFirstOrThrow();
    return row.newest;
  }

  async after(cursor: number, limit: number): Promise<StoredEvent[] | undefined> {
    const query = await this.#source.reading();
    const rows = await query
      .selectFrom("events")
      .select(["seq", "kind", "channel_uuid as channel", "subject"])
      .where("seq", ">", cursor)
      .orderBy("seq")
      .limit(limit)
      .execute();
    const newest = rows.length < limit ? await this.newest() : Number.POSITIVE_INFINITY;
    const isWhole = rows[0] ? rows[0].seq === cursor + 1 : cursor === newest;
    // Only this class writes the column.
    return isWhole ? (rows as StoredEvent[]) : undefined;
  }
}
