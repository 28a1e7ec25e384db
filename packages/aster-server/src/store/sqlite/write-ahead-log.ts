import { closeSync, fdatasync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

const flushFile = promisify(fdatasync);

/**
 * Flushes the write-ahead log of an open database to disk without blocking the event loop. SQLite itself would do so
 * within each commit, and a disk is slow or busy at times.
 */
export class WriteAheadLog {
  readonly #descriptor: number;
  #isClosed = false;

  /** @param file - Path of the database, which is in WAL mode and has been written to. */
  constructor(file: string, raw: DatabaseSync) {
    this.#descriptor = openSync(`${file}-wal`, "r+");
    // From now on SQLite flushes the log only before it copies it into the database.
    raw.exec("pragma synchronous = normal");
  }

  /** Resolves when all commits so far survive a power failure. */
  flush(): Promise<void> {
    return flushFile(this.#descriptor);
  }

  /** Closes the file; may be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }
}
