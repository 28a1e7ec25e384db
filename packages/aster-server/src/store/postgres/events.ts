import { eventCleanupInterval, minEventsKept } from "../limits.ts";
import type { Epoch, EventStore, EventType, StoredEvent } from "../store.ts";
import { readEpoch, startEpoch } from "./epochs.ts";
import type { QuerySource } from "./transaction.ts";

/** Event log in PostgreSQL. Numbers are assigned under the sequence lock, so they have no gaps. */
export class PostgresEvents implements EventStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async add(type: EventType, channel: number | null, subject: number | null, date: number): Promise<number> {
    const { transaction } = this.#source;
    if (!transaction) throw new Error("adding an event needs a transaction");
    const seq = transaction.addEvent(type, channel, subject, date);
    if (seq % eventCleanupInterval === 0) {
      const query = await transaction.queryForWriting();
      await query
        .deleteFrom("events")
        .where("seq", "<=", seq - minEventsKept)
        .execute();
    }
    return seq;
  }

  async newestSeq(): Promise<number> {
    const { transaction } = this.#source;
    if (transaction) return transaction.newestEvent;
    const query = await this.#source.queryForReading();
    const row = await query.selectFrom("sequence").select("newest_event as newest").executeTakeFirstOrThrow();
    return row.newest;
  }

  async readAfter(cursor: number, limit: number): Promise<StoredEvent[] | undefined> {
    const query = await this.#source.queryForReading();
    const rows = await query
      .selectFrom("events")
      .select(["seq", "kind as type", "channel_uuid as channel", "subject"])
      .where("seq", ">", cursor)
      .orderBy("seq")
      .limit(limit)
      .execute();
    const newest = rows.length < limit ? await this.newestSeq() : Number.POSITIVE_INFINITY;
    const isComplete = rows[0] ? rows[0].seq === cursor + 1 : cursor === newest;
    // Only this class writes the column, so it holds event types.
    return isComplete ? (rows as StoredEvent[]) : undefined;
  }

  async readEpoch(): Promise<Epoch> {
    return await readEpoch(await this.#source.queryForReading());
  }

  async startEpoch(): Promise<string> {
    const { transaction } = this.#source;
    if (!transaction) throw new Error("starting an epoch needs a transaction");
    return await startEpoch(await transaction.queryForWriting(), transaction.newestEvent);
  }
}
