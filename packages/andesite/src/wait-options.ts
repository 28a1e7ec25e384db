/** Options of methods that wait for a reply. */
export interface WaitOptions {
  /** Stops waiting when it aborts; the method rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Options of methods that query a node over its WebSocket. */
export interface QueryOptions extends WaitOptions {
  /**
   * Time limit of the reply, in ms, at least 1; then the method rejects with a `ConnectionTimeoutError`.
   * `Infinity` for no limit. Default: 30 000.
   */
  readonly timeoutMs?: number | null | undefined;
}

/** Default of {@link QueryOptions.timeoutMs}. */
export const defaultQueryTimeoutMs = 30_000;
