import { type Kysely, sql } from "kysely";
import type { Tables } from "./schema.ts";

/**
 * Where the database physically is: database cluster, database, table and timeline. It differs from the stored text
 * after a dump or base backup was restored, and after a standby was promoted, which may lack the newest commits.
 */
const physicalPlacement = sql<string | null>`(select system_identifier::text from pg_control_system())
  || '/' || (select oid::text from pg_database where datname = current_database())
  || '/' || 'sequence'::regclass::oid::text
  || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)`;

/** Expression of the present placement; null where the database server cannot report it. */
export type PlacementExpression = typeof physicalPlacement;

/** Returns the expression that works on this database server. */
export async function choosePlacement(query: Kysely<Tables>): Promise<PlacementExpression> {
  try {
    await query.selectNoFrom(physicalPlacement.as("placement")).execute();
    return physicalPlacement;
  } catch {
    // Some hosted databases lack these functions or refuse them.
    return sql<string | null>`null::text`;
  }
}
