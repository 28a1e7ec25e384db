import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Kysely, sql } from "kysely";
import { createId, type EpochRow, toEpoch } from "../epoch.ts";
import { eventCleanupInterval, minEventsKept } from "../limits.ts";
import type { Epoch, EventStore, EventType, StoredEvent } from "../store.ts";
import type { OpenDatabase } from "./database.ts";
import { selectEpochs } from "./log-position.ts";
import type { Tables } from "./schema.ts";

/** Starts a new epoch after the newest event and returns its id. */
export function startEpoch(raw: DatabaseSync): string {
  const epoch = createId();
  raw
    .prepare(
      `insert into asterite_epochs (epoch, started_after)
       select ?, coalesce((select seq from sqlite_sequence where name = 'asterite_events'), 0)`,
    )
    .run(epoch);
  return epoch;
}

/** Event log in SQLite. Entries name the changed row; its present state is read from its own table. */
export class SqliteEvents implements EventStore {
  readonly #query: Kysely<Tables>;
  readonly #raw: DatabaseSync;
  /** Prepared by hand: it runs for every message, and the query builder would cost more than the insert. */
  readonly #insert: StatementSync;
  readonly #selectEpochs: StatementSync;

  constructor({ query, raw }: OpenDatabase) {
    this.#query = query;
    this.#raw = raw;
    this.#selectEpochs = raw.prepare(selectEpochs);
    this.#insert = raw.prepare(
      "insert into asterite_events (kind, channel_uuid, subject, date) values (?, ?, ?, ?)",
    );
  }

  async add(type: EventType, channel: number | null, subject: number | null, date: number): Promise<number> {
    const { lastInsertRowid } = this.#insert.run(type, channel, subject, date);
    const seq = Number(lastInsertRowid);
    if (seq % eventCleanupInterval === 0) {
      await this.#query
        .deleteFrom("asterite_events")
        .where("seq", "<=", seq - minEventsKept)
        .execute();
    }
    return seq;
  }

  /** Reads `sqlite_sequence`, which keeps the number even if the newest events were deleted. */
  async newestSeq(): Promise<number> {
    const { rows } = await sql<{ seq: number }>`
      select seq from sqlite_sequence where name = 'asterite_events'`.execute(this.#query);
    return rows[0]?.seq ?? 0;
  }

  async readAfter(cursor: number, limit: number): Promise<StoredEvent[] | undefined> {
    const oldest = await this.#query
      .selectFrom("asterite_events")
      .select("seq")
      .orderBy("seq")
      .limit(1)
      .executeTakeFirst();
    const newest = await this.newestSeq();
    if (cursor > newest || cursor < (oldest ? oldest.seq - 1 : newest)) return undefined;
    const rows = await this.#query
      .selectFrom("asterite_events")
      .select(["seq", "kind as type", "channel_uuid as channel", "subject"])
      .where("seq", ">", cursor)
      .orderBy("seq")
      .limit(limit)
      .execute();
    // Only this class writes the column, so it holds event types.
    return rows as StoredEvent[];
  }

  readEpoch(): Promise<Epoch> {
    // The statement selects the columns of an EpochRow.
    return Promise.resolve(toEpoch(this.#selectEpochs.all() as unknown as EpochRow[]));
  }

  startEpoch(): Promise<string> {
    return Promise.resolve(startEpoch(this.#raw));
  }
}
