/** How much a server object keeps. What does not fit is forgotten, oldest first. */
export interface CacheOptions {
  /**
   * Messages kept of each channel, so that {@link Message} objects follow edits and deletions. What is read
   * from the history only fills what is free. 0: none. Default 200.
   */
  readonly messagesPerChannel?: number;
  /** Accounts kept; the own one always is. Default 100 000. */
  readonly users?: number;
}

/** The defaults of {@link CacheOptions}. */
export const defaultCache: Required<CacheOptions> = Object.freeze({
  messagesPerChannel: 200,
  users: 100_000,
});
