import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "@asterite/util";
import { Kysely } from "kysely";
import { Pool, type PoolConfig, types } from "pg";
import { PgDialect } from "./dialect.ts";
import type { Tables } from "./schema.ts";

/** Connection pools, which may be the same. */
export interface Pools {
  /** One connection, for transactions. */
  readonly writing: Kysely<Tables>;
  /** Several connections, for queries outside transactions. */
  readonly reading: Kysely<Tables>;
  /** One connection for health checks, which must not wait for other queries. */
  readonly monitoring: Kysely<Tables>;
  /**
   * Ends all connections, at most once a second; the next queries open new ones, which may lead to another
   * database server. Resolves when the pools have dropped the old ones.
   */
  reconnect(): Promise<void>;
}

/** `application_name` of a server's connections, as listed in `pg_stat_activity`. */
export const serverApplicationName = "asterite";

const bigintOid = 20;
const maxReadConnections = 4;
const connectTimeoutMs = 5000;
/** Minimum interval between two reconnections: while there is no primary, every transaction demands one. */
const minReconnectMs = 1000;
/**
 * Timeout of each statement in a transaction, including the wait for the sequence lock. Without it, a process
 * that is cut off from the database would wait forever.
 */
const statementTimeoutMs = 5000;
/** Timeout of health checks. */
const monitorTimeoutMs = 2000;
/** Timeout of queries outside transactions, which may scan whole tables. */
const queryTimeoutMs = 30_000;
/**
 * Idle time after which the database ends a transaction. A process that stalls in a transaction blocks all
 * others.
 */
const idleTransactionMs = 5000;

/** Parses `bigint` as a number: all stored values are safe integers. */
const bigintAsNumber = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === bigintOid ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/** Creates the pools. They connect on first use, and again after a connection was lost. */
export function openPools(address: string, logger: Logger, applicationName = serverApplicationName): Pools {
  const sockets = new Set<Socket>();
  let reconnectedAt = Number.NEGATIVE_INFINITY;
  const open = (config: PoolConfig): Kysely<Tables> => {
    const pool = new Pool({
      connectionString: address,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      application_name: applicationName,
      types: bigintAsNumber,
      stream: () => {
        const socket = new Socket();
        sockets.add(socket);
        return socket.once("close", () => sockets.delete(socket));
      },
      ...config,
    });
    const lost = (error: Error): void => logger.debug({ err: error }, "database connection lost");
    // An idle connection that is lost is replaced on the next use; one that is lost between two statements of
    // a transaction makes the next statement fail.
    pool.on("error", lost);
    pool.on("connect", (client) => client.on("error", lost));
    return new Kysely<Tables>({ dialect: new PgDialect({ pool }) });
  };
  return {
    writing: open({
      max: 1,
      // Concurrent queries are sent without waiting for each other's results.
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
    reconnect: async () => {
      if (performance.now() - reconnectedAt < minReconnectMs) return;
      reconnectedAt = performance.now();
      // Not of those that queries open from now on, which stay open.
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      // The driver handles it like a connection that was lost.
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      await nextTurn();
    },
  };
}

/** Closes all connections. */
export async function closePools({ writing, reading, monitoring: watching }: Pools): Promise<void> {
  for (const pool of new Set([writing, reading, watching])) await pool.destroy();
}
