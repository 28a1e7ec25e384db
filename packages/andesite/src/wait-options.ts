/** Options of methods that wait for a reply. */
export interface WaitOptions {
  /** Stops waiting when it aborts; the method rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}
