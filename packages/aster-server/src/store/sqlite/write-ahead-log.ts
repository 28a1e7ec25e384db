import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

const flushInThread = promisify(fdatasync);

/** Longest time in ms that a flush may hold up the event loop. */
const fastMs = 2;
/** Flushes in another thread after one that took longer. */
const flushesAfterSlow = 64;

/**
 * Flushes the write-ahead log of an open database to disk. SQLite itself would do so within each commit and hold up the
 * event loop, however busy the disk is. While the disk is fast that is cheaper than to wait for another thread; after a
 * slow flush the next ones are done there.
 */
export class WriteAheadLog {
  readonly #descriptor: number;
  readonly #now: () => number;
  /** Flushes until the next one on the event loop. */
  #flushesInThread = 0;
  #isClosed = false;

  /**
   * @param file - Path of the database, which is in WAL mode and has been written to.
   * @param now - Returns the time in ms.
   */
  constructor(file: string, raw: DatabaseSync, now = () => performance.now()) {
    this.#descriptor = openSync(`${file}-wal`, "r+");
    this.#now = now;
    // From now on SQLite flushes the log only before it copies it into the database.
    raw.exec("pragma synchronous = normal");
  }

  /**
   * Makes all commits so far survive a power failure: before it returns, or when the promise resolves.
   *
   * @throws Error of the system.
   */
  flush(): Promise<void> | undefined {
    const beganAt = this.#now();
    if (this.#flushesInThread === 0) {
      fdatasyncSync(this.#descriptor);
      this.#learn(beganAt);
      return undefined;
    }
    return flushInThread(this.#descriptor).then(() => this.#learn(beganAt));
  }

  /** Closes the file; may be called again. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }

  #learn(beganAt: number): void {
    if (this.#now() - beganAt > fastMs) this.#flushesInThread = flushesAfterSlow;
    else if (this.#flushesInThread > 0) this.#flushesInThread--;
  }
}
