import { DatabaseSync } from "node:sqlite";

/**
 * Keeps a second server, whose caches would go stale, away from a database: SQLite's own lock on a file beside it,
 * which the system lets go of when the process ends, however it ends. The database itself stays open to readers.
 *
 * @throws The error of SQLite with `errcode` 5 if another process holds it.
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
