/** Options of methods that wait for a reply. */
export interface WaitOptions {
  /** Stops waiting when it aborts; the method rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Options of methods that wait for a message of a node's WebSocket. */
export interface QueryOptions extends WaitOptions {
  /**
   * Time limit, in ms, at least 1; then the method rejects with a `ConnectionTimeoutError`. `Infinity` for no
   * limit. Default: 30 000 for the reply to a query, 60 000 for `waitForReceive`.
   */
  readonly timeoutMs?: number | null | undefined;
}

/** Defaults of {@link QueryOptions.timeoutMs}, of queries and of `waitForReceive`. */
export const defaultQueryTimeoutMs = 30_000;
export const defaultReceiveTimeoutMs = 60_000;
