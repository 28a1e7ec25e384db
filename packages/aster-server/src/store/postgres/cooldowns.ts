import { sql } from "kysely";
import type { CooldownStore } from "../store.ts";
import type { QuerySource } from "./transaction.ts";

/** One in this many uses also deletes cooldowns that have ended. */
const cleanupInterval = 100;

/** Cooldowns in PostgreSQL, by the database's clock, so that they apply on every process. */
export class PostgresCooldowns implements CooldownStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async tryStart(key: string, cooldownMs: number): Promise<number> {
    const query = await this.#source.queryForWriting();
    const { rows } = await sql<{ waitMs: number }>`
      insert into rests as held (key, until)
      values (${key}, clock_timestamp() + ${cooldownMs}::float8 * interval '1 millisecond')
      on conflict (key) do update set until = excluded.until where held.until <= clock_timestamp()
      returning 0 as "waitMs"`.execute(query);
    if (rows.length > 0) {
      if (Math.random() * cleanupInterval < 1) {
        await sql`delete from rests where until < clock_timestamp()`.execute(query);
      }
      return 0;
    }
    const running = await sql<{ waitMs: number }>`
      select extract(epoch from until - clock_timestamp())::float8 * 1000 as "waitMs"
      from rests where key = ${key}`.execute(query);
    return Math.max(1, Math.ceil(running.rows[0]?.waitMs ?? 1));
  }
}
