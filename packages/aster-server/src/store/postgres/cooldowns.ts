import { type Kysely, sql } from "kysely";
import type { CooldownStore, UseLimit } from "../store.ts";
import type { Tables } from "./schema.ts";
import type { QuerySource } from "./transaction.ts";

/** One in this many uses also deletes cooldowns that have ended. */
const cleanupInterval = 100;

/** Cooldowns in PostgreSQL, by the database's clock, so that they apply on every process. */
export class PostgresCooldowns implements CooldownStore {
  readonly #source: QuerySource;

  constructor(source: QuerySource) {
    this.#source = source;
  }

  async tryStart(key: string, limit: UseLimit): Promise<number> {
    const query = await this.#source.queryForWriting();
    const cooldown = intervalOf(limit.cooldownMs);
    const { rows } = await sql<{ waitMs: number }>`
      insert into rests as held (key, until) values (${key}, clock_timestamp() + ${cooldown})
      on conflict (key) do update set until = greatest(held.until, clock_timestamp()) + ${cooldown}
      where held.until - ${creditOf(limit)} <= clock_timestamp()
      returning 0 as "waitMs"`.execute(query);
    if (rows.length === 0) return Math.max(1, await remainingMs(query, key, limit));
    if (Math.random() * cleanupInterval < 1) {
      await sql`delete from rests where until < clock_timestamp()`.execute(query);
    }
    return 0;
  }

  async remainingMs(key: string, limit: UseLimit): Promise<number> {
    return await remainingMs(await this.#source.queryForReading(), key, limit);
  }
}

const intervalOf = (ms: number) => sql`${ms}::float8 * interval '1 millisecond'`;

/** Time by which a key may be used ahead of its cooldowns. */
const creditOf = ({ cooldownMs, burst = 1 }: UseLimit) => intervalOf((burst - 1) * cooldownMs);

async function remainingMs(query: Kysely<Tables>, key: string, limit: UseLimit): Promise<number> {
  const { rows } = await sql<{ waitMs: number }>`
    select extract(epoch from until - ${creditOf(limit)} - clock_timestamp())::float8 * 1000 as "waitMs"
    from rests where key = ${key}`.execute(query);
  return Math.max(0, Math.ceil(rows[0]?.waitMs ?? 0));
}
