/** Options of what waits for an answer. */
export interface WaitOptions {
  /** Stops waiting with its reason when it aborts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}
