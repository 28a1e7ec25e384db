import { closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

/**
 * Locks a file against a second process that would write it too. Uses an SQLite lock on a file beside it with the
 * suffix `.lock`, which the operating system releases when the process ends. The locked file can still be read.
 *
 * @returns The connection that holds the lock; closing it releases the lock.
 * @throws Error of SQLite with `errcode` 5 if another holder has the lock, in this process too.
 */
export function lockFile(file: string): DatabaseSync {
  const path = `${file}.lock`;
  // Read access to an SQLite file is enough to lock it.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  // Node 22 warns that SQLite is experimental when it is loaded: only a program that locks a file reads that.
  const sqlite = process.getBuiltinModule("node:sqlite");
  const lock = new sqlite.DatabaseSync(path);
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
