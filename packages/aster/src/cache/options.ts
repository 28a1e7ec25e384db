/** Limits of the cache of a server. Above a limit, the oldest entries are evicted. */
export interface CacheOptions {
  /**
   * Messages cached per channel. Only cached {@link Message} objects reflect edits and deletions. Messages
   * from the history are cached only while there is room. 0 turns the message cache off. Default 200.
   */
  readonly messagesPerChannel?: number;
  /** Accounts cached. The client's own account is never evicted. Default 100 000. */
  readonly users?: number;
}

/** Defaults of {@link CacheOptions}. */
export const defaultCache: Required<CacheOptions> = /* @__PURE__ */ Object.freeze({
  messagesPerChannel: 200,
  users: 100_000,
});
