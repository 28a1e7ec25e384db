import type { PlayerUpdate } from "../events/receive-operation.ts";
import type { Player } from "../models/player.ts";

/**
 * Finds out which players a node still has after a connection was lost: one that was restarted has none, and
 * nothing else tells the two apart.
 */
export class PlayerQuery {
  readonly #replies = new Map<string, Player | null>();
  readonly #guildIds: ReadonlySet<string>;
  readonly #done = Promise.withResolvers<void>();

  constructor(guildIds: readonly string[]) {
    this.#guildIds = new Set(guildIds);
  }

  /**
   * Takes a player update. True when it says that the player is gone or plays nothing, which must not reach the
   * state: it still knows what the player was like.
   */
  handleUpdate({ guildId, state }: PlayerUpdate): boolean {
    if (!this.#guildIds.has(guildId)) return false;
    const player = state?.destroyed ? null : state;
    this.#replies.set(guildId, player);
    if (this.#replies.size === this.#guildIds.size) this.#done.resolve();
    return player === null || isIdle(player);
  }

  /** Waits until the node has answered for every guild, or takes too long. */
  async waitForReplies(signal: AbortSignal): Promise<void> {
    const done = () => this.#done.resolve();
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    await this.#done.promise;
    signal.removeEventListener("abort", done);
  }

  /** The player of a guild; null when the node has none, or was not asked; undefined when it did not answer. */
  replyOf(guildId: string): Player | null | undefined {
    return this.#guildIds.has(guildId) ? this.#replies.get(guildId) : null;
  }
}

/** Whether a player plays nothing, paused or not. */
export const isIdle = ({ position, mixer }: Player): boolean =>
  position === null && Object.keys(mixer).length === 0;
