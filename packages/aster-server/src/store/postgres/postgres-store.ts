import { type Logger, silentLogger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import type { CommitObserver } from "../commit-observer.ts";
import type { InitialContent } from "../initial-content.ts";
import type { Follower, Scans, SharedLog, Store, StoreAccess, Work } from "../store.ts";
import { GroupQueue } from "./commit-queue.ts";
import { PostgresScans } from "./long-queries.ts";
import { closePools, openPools, type Pools } from "./pools.ts";
import { PostgresAccess } from "./postgres-access.ts";
import { prepareDatabase } from "./prepare.ts";
import type { Tables } from "./schema.ts";
import type { Source } from "./transaction.ts";

/**
 * Opens a database of PostgreSQL that several processes may share.
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
    return await openStoreOver(pools, address, initial, observe);
  } catch (error) {
    await closePools(pools);
    throw error;
  }
}

/** Opens the store over any dialect of PostgreSQL. */
export async function openStoreOver(
  pools: Pools,
  address: string,
  initial: InitialContent,
  observe: CommitObserver = () => {},
): Promise<Store> {
  const cluster = await prepareDatabase(pools.writing, address, initial);
  return new PostgresStore(pools, cluster, observe);
}

const sourceOver = (query: Kysely<Tables>): Source => ({
  reading: () => Promise.resolve(query),
  writing: () => Promise.reject(new Error("changes are made in a transaction")),
});

class PostgresStore implements Store {
  readonly read: StoreAccess;
  readonly scans: Scans;
  readonly shared: SharedLog;
  readonly #pools: Pools;
  readonly #queue: GroupQueue;

  constructor(pools: Pools, cluster: string, observe: CommitObserver) {
    this.#pools = pools;
    this.read = new PostgresAccess(sourceOver(pools.reading));
    this.scans = new PostgresScans(pools.reading);
    this.#queue = new GroupQueue(pools.writing, observe);
    this.shared = {
      cluster,
      look: () => look(pools.watching),
      follow: (follower: Follower) => this.#queue.follow(follower),
    };
  }

  transact<Result>(work: Work<Result>): Promise<void> {
    let committed = (): void => {};
    return this.#queue.add({
      onlyReads: work.onlyReads ?? false,
      run: async (transaction) => {
        const result = await work.run(new PostgresAccess(transaction));
        committed = () => work.committed(result);
      },
      committed: () => committed(),
    });
  }

  attempt<Result>(part: () => Promise<Result>): Promise<Result> {
    return this.#queue.attempt(part);
  }

  backUp(): Promise<void> {
    return Promise.reject(
      new Error("a database of PostgreSQL is backed up with pg_dump; asterite admin export makes a file"),
    );
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    await closePools(this.#pools);
  }
}

function look(query: Kysely<Tables>): Promise<{ newest: number; timeMs: number }> {
  return query
    .selectFrom("sequence")
    .select([
      "newest_event as newest",
      sql<number>`extract(epoch from clock_timestamp())::float8 * 1000`.as("timeMs"),
    ])
    .executeTakeFirstOrThrow();
}
