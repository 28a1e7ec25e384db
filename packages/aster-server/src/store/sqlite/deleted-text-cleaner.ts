import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "@asterite/util";

/** Time in ms after which deleted text is removed from the write-ahead log. */
const cleanDelayMs = 60_000;
/** Interval between two attempts while a long query reads the log. */
const retryDelayMs = 5000;

/**
 * Removes deleted text from the write-ahead log, which contains earlier states of changed pages until it is
 * overwritten: empties the log a minute after a deletion. The database file itself is overwritten at once
 * (`secure_delete`).
 */
export class DeletedTextCleaner {
  readonly #raw: DatabaseSync;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;

  constructor(raw: DatabaseSync, logger: Logger) {
    this.#raw = raw;
    this.#logger = logger;
  }

  /** Schedules the cleaning after a text was removed or replaced. */
  request(): void {
    this.#schedule(cleanDelayMs);
  }

  /** Cleans the log if that is due. Call after each commit; the log cannot be emptied during a transaction. */
  cleanIfDue(): void {
    if (!this.#isDue || this.#raw.isTransaction) return;
    this.#isDue = false;
    try {
      const { busy } = this.#raw.prepare("pragma wal_checkpoint(truncate)").get() ?? {};
      if (busy !== 0) this.#schedule(retryDelayMs);
    } catch (error) {
      this.#logger.warn({ err: error }, "write-ahead log not emptied");
      this.#schedule(cleanDelayMs);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isDue = true;
      this.cleanIfDue();
    }, delayMs).unref();
  }
}
