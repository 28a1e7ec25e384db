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
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
