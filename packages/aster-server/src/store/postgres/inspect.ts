import { silentLogger } from "@asterite/util";
import { sql } from "kysely";
import { unknownMigrations } from "./migrations/index.ts";
import { closePools, openPools } from "./pools.ts";

/** What a database of PostgreSQL looks like from outside. */
export interface PostgresInspection {
  /** Version of the database server, such as `15.18`. */
  readonly version: string;
  /** Whether a server has been started on it already. */
  readonly isPrepared: boolean;
  /** Names of changes of its form that this version does not know; empty if it can be used. */
  readonly unknownMigrations: readonly string[];
  /** How much later it is there than on this machine, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Time of one question and its answer, in milliseconds. */
  readonly roundTripMs: number;
  /** Whether the account may make tables. */
  readonly canCreateTables: boolean;
}

/**
 * Looks at a database of PostgreSQL without changing anything.
 *
 * @throws Error if it cannot be reached, or the account is refused.
 */
export async function inspectPostgres(address: string): Promise<PostgresInspection> {
  const pools = openPools(address, silentLogger, "asterite doctor");
  try {
    const query = pools.monitoring;
    const first = await sql<{ version: string; mayCreate: boolean }>`
      select current_setting('server_version') as version,
        has_schema_privilege(current_schema(), 'create') as "mayCreate"`.execute(query);
    const tables = await query.introspection.getTables();
    const askedAt = performance.now();
    const askedDate = Date.now();
    const clock = await sql<{ now: number }>`
      select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(query);
    const roundTripMs = performance.now() - askedAt;
    const { version = "", mayCreate = false } = first.rows[0] ?? {};
    return {
      version,
      canCreateTables: mayCreate,
      isPrepared: tables.some(({ name }) => name === "sequence"),
      unknownMigrations: await unknownMigrations(query),
      clockOffsetMs: (clock.rows[0]?.now ?? askedDate) - (askedDate + Date.now()) / 2,
      roundTripMs,
    };
  } finally {
    await closePools(pools);
  }
}
