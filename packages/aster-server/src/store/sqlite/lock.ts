import { closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Locks a database against a second server, whose caches would become stale. Uses an SQLite lock on a file
 * beside the database, which the operating system releases when the process ends. Readers can still open the
 * database.
 *
 * @returns The connection that holds the lock; closing it releases the lock.
 * @throws Error of SQLite with `errcode` 5 if another process holds the lock.
 */
export function lockDatabase(file: string): DatabaseSync {
  const path = `${file}.lock`;
  // Read access to an SQLite file is enough to lock it.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const lock = new DatabaseSync(path);
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
