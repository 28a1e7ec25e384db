import type { Logger } from "@asterite/util";
import type { CommitObserver } from "./commit-observer.ts";
import type { InitialContent } from "./initial-content.ts";
import { isPostgresAddress } from "./postgres/address.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/**
 * Opens a store over an SQLite file or, if `database` is a PostgreSQL address, over PostgreSQL.
 *
 * @throws ServerError with `DATABASE_LOCKED`, `DATABASE_VERSION` or `DATABASE_UNUSABLE`.
 */
export async function openStore(
  database: string,
  initial: InitialContent,
  logger: Logger,
  observe: CommitObserver,
): Promise<Store> {
  if (!isPostgresAddress(database)) return openSqliteStore(database, initial, logger, observe);
  // Imported on demand, because most servers do not use PostgreSQL.
  const { openPostgresStore } = await import("./postgres/postgres-store.ts");
  return openPostgresStore(database, initial, logger, observe);
}
