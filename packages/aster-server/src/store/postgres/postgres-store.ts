import { type Logger, silentLogger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { InitialContent } from "../initial-content.ts";
import type { Follower, LogHead, SharedLog } from "../shared-log.ts";
import type { LongQueries, Store, StoreAccess, UnitOfWork } from "../store.ts";
import { readBusKeys, rotateBusKey } from "./bus-keys.ts";
import { PostgresCommitQueue } from "./commit-queue.ts";
import { PostgresLongQueries } from "./long-queries.ts";
import { choosePlacement } from "./placement.ts";
import { closePools, openPools, type Pools } from "./pools.ts";
import { PostgresAccess } from "./postgres-access.ts";
import { prepareDatabase } from "./prepare.ts";
import type { Tables } from "./schema.ts";
import type { QuerySource } from "./transaction.ts";

/**
 * Opens a store over a PostgreSQL database, which several processes may share.
 *
 * @throws ServerError with `DATABASE_UNUSABLE` or `DATABASE_VERSION`.
 */
export async function openPostgresStore(
  address: string,
  initial: InitialContent,
  logger: Logger = silentLogger,
  observe?: CommitObserver,
): Promise<Store> {
  const pools = openPools(address, logger);
  try {
    return await openStoreOver(pools, address, initial, observe, logger);
  } catch (error) {
    await closePools(pools);
    throw error;
  }
}

/** Opens a store over any PostgreSQL dialect. */
export async function openStoreOver(
  pools: Pools,
  address: string,
  initial: InitialContent,
  observe: CommitObserver = () => {},
  logger: Logger = silentLogger,
): Promise<Store> {
  const cluster = await prepareDatabase(pools.writing, address, initial, logger);
  const queue = new PostgresCommitQueue(pools, await choosePlacement(pools.writing), observe);
  // Its writing transaction recognises a database that was restored while no server ran.
  await queue.enqueue({ isReadOnly: false, run: () => Promise.resolve(), onCommit: () => {} });
  return new PostgresStore(pools, cluster, queue);
}

const readOnlySource = (query: Kysely<Tables>): QuerySource => ({
  queryForReading: () => Promise.resolve(query),
  queryForWriting: () => Promise.reject(new Error("writes need a transaction")),
});

class PostgresStore implements Store {
  readonly read: StoreAccess;
  readonly longQueries: LongQueries;
  readonly sharedLog: SharedLog;
  readonly #pools: Pools;
  readonly #queue: PostgresCommitQueue;

  constructor(pools: Pools, cluster: string, queue: PostgresCommitQueue) {
    this.#pools = pools;
    this.read = new PostgresAccess(readOnlySource(pools.reading));
    this.longQueries = new PostgresLongQueries(pools.reading, pools.monitoring);
    this.#queue = queue;
    this.sharedLog = {
      clusterId: cluster,
      readHead: () => readHead(pools),
      readBusKeys: () => readBusKeys(pools.monitoring),
      rotateBusKey: () => rotateBusKey(pools.writing),
      setFollower: (follower: Follower) => this.#queue.setFollower(follower),
    };
  }

  transact<Result>(unit: UnitOfWork<Result>): Promise<void> {
    let onCommit = (): void => {};
    return this.#queue.enqueue({
      isReadOnly: unit.isReadOnly ?? false,
      run: async (transaction) => {
        const result = await unit.run(new PostgresAccess(transaction));
        onCommit = () => unit.onCommit(result);
      },
      onCommit: () => onCommit(),
    });
  }

  withSavepoint<Result>(part: () => Promise<Result>): Promise<Result> {
    return this.#queue.withSavepoint(part);
  }

  backUp(): Promise<void> {
    return Promise.reject(
      new Error("back up a PostgreSQL database with pg_dump, or write a file with asterite admin export"),
    );
  }

  async close(): Promise<void> {
    await this.#queue.whenIdle();
    await closePools(this.#pools);
  }
}

/**
 * Reads the head of the log.
 *
 * @throws Error if the database server does not accept writes; the next call uses new connections.
 */
async function readHead({ monitoring, reconnect }: Pools): Promise<LogHead> {
  const { isReadOnly, ...head } = await monitoring
    .selectFrom("sequence")
    .select([
      "newest_event as newestSeq",
      "epoch",
      sql<number>`(select max(number) from bus_keys)`.as("busKey"),
      sql<boolean>`current_setting('transaction_read_only')::boolean`.as("isReadOnly"),
      sql<number>`extract(epoch from clock_timestamp())::float8 * 1000`.as("timeMs"),
    ])
    .executeTakeFirstOrThrow();
  if (isReadOnly) {
    await reconnect();
    throw new Error("the database server is read-only");
  }
  return head;
}
