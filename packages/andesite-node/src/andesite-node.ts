/** A running audio node. */
export interface AndesiteNode extends AsyncDisposable {
  /** Address it listens on. */
  readonly host: string;
  /** Port it listens on. */
  readonly port: number;
  /** Names of the enabled sources. */
  readonly enabledSources: readonly string[];
  /**
   * If the node announces itself: requests that bots move their players to other nodes, and resolves when no
   * player is left or `announcing.drainMs` has elapsed. Otherwise resolves immediately.
   *
   * @param signal - Stops waiting.
   */
  drain(signal?: AbortSignal): Promise<void>;
  /**
   * Stops accepting connections, closes WebSockets, ends all players and pending loads. Terminates
   * connections that have not closed within `graceMs` (default 3000). Further calls return the same promise.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
