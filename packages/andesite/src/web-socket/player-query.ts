import type { PlayerUpdate } from "../events/receive-operation.ts";
import type { Player } from "../models/player.ts";

/**
 * Query for the players that a node still has after a reconnect: a node that was restarted has none, and only
 * this distinguishes the two cases.
 */
export class PlayerQuery {
  readonly #replies = new Map<string, Player | null>();
  readonly #guildIds: ReadonlySet<string>;
  readonly #done = Promise.withResolvers<void>();

  constructor(guildIds: readonly string[]) {
    this.#guildIds = new Set(guildIds);
  }

  /**
   * Handles a player update. Returns true when the player is gone or idle: such an update must not overwrite
   * the state, from which the player is restored.
   */
  handleUpdate({ guildId, state }: PlayerUpdate): boolean {
    if (!this.#guildIds.has(guildId)) return false;
    const player = state?.destroyed ? null : state;
    this.#replies.set(guildId, player);
    if (this.#replies.size === this.#guildIds.size) this.#done.resolve();
    return player === null || isIdle(player);
  }

  /** Resolves when the node has replied for every guild, or when the signal aborts. */
  async waitForReplies(signal: AbortSignal): Promise<void> {
    const done = () => this.#done.resolve();
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    await this.#done.promise;
    signal.removeEventListener("abort", done);
  }

  /**
   * Returns the player of a guild; null when the node has none or the guild was not queried; undefined
   * without reply.
   */
  replyOf(guildId: string): Player | null | undefined {
    return this.#guildIds.has(guildId) ? this.#replies.get(guildId) : null;
  }
}

/** Returns whether a player has no track and no mixer players. */
export const isIdle = ({ position, mixer }: Player): boolean =>
  position === null && Object.keys(mixer).length === 0;
