import { silentLogger } from "@asterite/util";
import { sql } from "kysely";
import { unknownMigrations } from "./migrations/index.ts";
import { closePools, openPools } from "./pools.ts";

/** Result of inspecting a PostgreSQL database. */
export interface PostgresInspection {
  /** Version of the database server, such as `15.18`. */
  readonly version: string;
  /** Whether the tables exist, because a server was started on it before. */
  readonly isPrepared: boolean;
  /** Applied migrations that this version does not know; empty if the database can be used. */
  readonly unknownMigrations: readonly string[];
  /** The database's clock minus this machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Round-trip time of one query, in milliseconds. */
  readonly roundTripMs: number;
  /** Whether the account may create tables. */
  readonly canCreateTables: boolean;
}

/**
 * Inspects a PostgreSQL database without changing it.
 *
 * @throws Error if it cannot be reached or refuses the account.
 */
export async function inspectPostgres(address: string): Promise<PostgresInspection> {
  const pools = openPools(address, silentLogger, "asterite doctor");
  try {
    const query = pools.monitoring;
    const result = await sql<{ version: string; mayCreate: boolean }>`
      select current_setting('server_version') as version,
        has_schema_privilege(current_schema(), 'create') as "mayCreate"`.execute(query);
    const tables = await query.introspection.getTables();
    const sentAt = performance.now();
    const sentDate = Date.now();
    const clock = await sql<{ now: number }>`
      select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(query);
    const roundTripMs = performance.now() - sentAt;
    const { version = "", mayCreate = false } = result.rows[0] ?? {};
    return {
      version,
      canCreateTables: mayCreate,
      isPrepared: tables.some(({ name }) => name === "sequence"),
      unknownMigrations: await unknownMigrations(query),
      clockOffsetMs: (clock.rows[0]?.now ?? sentDate) - (sentDate + Date.now()) / 2,
      roundTripMs,
    };
  } finally {
    await closePools(pools);
  }
}
