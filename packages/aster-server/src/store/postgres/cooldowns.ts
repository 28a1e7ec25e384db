import { sql } from "kysely";
import type { CooldownStore } from "../store.ts";
import type { QuerySource } from "./transaction.ts";

/** One use in so many clears away what has ended. */
const cleanupInterval = 100;

/** Rests in PostgreSQL, by its clock: they hold whichever process a user goes to. */
export class PostgresCooldowns implements CooldownStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async tryStart(key: string, restMs: number): Promise<number> {
    const query = await this.#source.queryForWriting();
    const { rows } = await sql<{ wait: number }>`
      insert into rests as held (key, until)
      values (${key}, clock_timestamp() + ${restMs}::float8 * interval '1 millisecond')
      on conflict (key) do update set until = excluded.until where held.until <= clock_timestamp()
      returning 0 as wait`.execute(query);
    if (rows.length > 0) {
      if (Math.random() * cleanupInterval < 1) {
        await sql`delete from rests where until < clock_timestamp()`.execute(query);
      }
      return 0;
    }
    const waiting = await sql<{ wait: number }>`
      select extract(epoch from until - clock_timestamp())::float8 * 1000 as wait
      from rests where key = ${key}`.execute(query);
    return Math.max(1, Math.ceil(waiting.rows[0]?.wait ?? 1));
  }
}
