import type { Logger } from "@asterite/util";
import { Kysely } from "kysely";
import { Pool, type PoolConfig, types } from "pg";
import { PgDialect } from "./dialect.ts";
import type { Tables } from "./schema.ts";

/** The ways to the database, which may be the same. */
export interface Pools {
  /** One connection for changes. */
  readonly writing: Kysely<Tables>;
  /** Some for questions beside them. */
  readonly reading: Kysely<Tables>;
  /** One to see whether the database is there, which nothing else may hold up. */
  readonly monitoring: Kysely<Tables>;
}

/** What the connections of a server are called where the database lists them. */
export const serverApplicationName = "asterite";

const bigintOid = 20;
const maxReadConnections = 4;
const connectTimeoutMs = 5000;
/**
 * How long a statement may take, the wait for other processes included. A process that is cut off from the
 * database notices by it.
 */
const statementTimeoutMs = 5000;
/** How long it may take to see whether the database is there. */
const monitorTimeoutMs = 2000;
/** Questions may have to look at everything there is. */
const queryTimeoutMs = 30_000;
/**
 * A process that stands still in the middle of a transaction holds up all others; after this time the database
 * ends it.
 */
const idleTransactionMs = 5000;

/** Every number that we store fits a JavaScript number. */
const bigintAsNumber = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === bigintOid ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/** Makes the pools; they connect when they are first used, and again whenever a connection was lost. */
export function openPools(address: string, logger: Logger, application = serverApplicationName): Pools {
  const open = (config: PoolConfig): Kysely<Tables> => {
    const pool = new Pool({
      connectionString: address,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      application_name: application,
      types: bigintAsNumber,
      ...config,
    });
    const lost = (error: Error): void => logger.debug({ err: error }, "connection to the database lost");
    // One that is lost while nobody uses it is replaced with the next use; one that is lost between two statements
    // of a transaction lets the next of them fail.
    pool.on("error", lost);
    pool.on("connect", (client) => client.on("error", lost));
    return new Kysely<Tables>({ dialect: new PgDialect({ pool }) });
  };
  return {
    writing: open({
      max: 1,
      // Questions that are asked at the same time go out together.
      pipeline: true,
      query_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: idleTransactionMs,
    }),
    reading: open({
      max: maxReadConnections,
      query_timeout: queryTimeoutMs,
      statement_timeout: queryTimeoutMs,
    }),
    monitoring: open({ max: 1, query_timeout: monitorTimeoutMs, connectionTimeoutMillis: monitorTimeoutMs }),
  };
}

/** Lets go of the database. */
export async function closePools({ writing, reading, monitoring: watching }: Pools): Promise<void> {
  for (const pool of new Set([writing, reading, watching])) await pool.destroy();
}
