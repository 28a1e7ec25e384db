import { FairSemaphore } from "../auth/fair-semaphore.ts";

/** Searches at once. SQLite runs one at a time; more would only occupy connections to PostgreSQL. */
const maxRunning = 2;
/** Searches of all accounts that may wait; above it the account with the most loses its newest. */
const maxWaiting = 256;

/** Connection that searches. */
interface SearchingSession {
  readonly id: number;
  readonly isClosed: boolean;
}

/** A search was stopped: its time was over, its client is gone, or the server shuts down. */
export class SearchStoppedError extends Error {
  override readonly name = "SearchStoppedError";
}

/**
 * Runs searches, few at a time, one per account and round-robin by account. Each has a time limit, and ends with its
 * connection.
 */
export class Searches {
  readonly #timeoutMs: number;
  readonly #semaphore = new FairSemaphore(maxRunning, maxWaiting, 1);
  /** Running searches by connection, which runs one at a time. */
  readonly #running = new Map<number, AbortController>();
  #isClosed = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs a search when it is the account's turn, and returns its result.
   *
   * @param search - Rejects soon after the signal is aborted.
   * @throws SearchStoppedError, and SemaphoreFullError when too many searches wait.
   */
  run<Result>(
    user: number,
    session: SearchingSession,
    search: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.#semaphore.run(String(user), async () => {
      if (session.isClosed || this.#isClosed) throw new SearchStoppedError("the connection is closed");
      const controller = new AbortController();
      const { signal } = controller;
      const timer = setTimeout(
        () => controller.abort(new SearchStoppedError("the time is over")),
        this.#timeoutMs,
      );
      this.#running.set(session.id, controller);
      try {
        return await search(signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        clearTimeout(timer);
        this.#running.delete(session.id);
      }
    });
  }

  /** Stops the search of a connection. */
  stop(connection: number): void {
    this.#running.get(connection)?.abort(new SearchStoppedError("the connection is closed"));
  }

  /** Stops all searches and runs no more. */
  close(): void {
    this.#isClosed = true;
    for (const controller of this.#running.values()) {
      controller.abort(new SearchStoppedError("the server shuts down"));
    }
  }
}
