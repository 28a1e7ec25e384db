import type { PlayerUpdate } from "../events/receive-operation.ts";
import type { Player } from "../models/player.ts";

/**
 * Finds out which players a node still has after a connection was lost: one that was restarted has none, and
 * nothing else tells the two apart.
 */
export class Probe {
  readonly #answers = new Map<string, Player | null>();
  readonly #asked: ReadonlySet<string>;
  readonly #done = Promise.withResolvers<void>();

  constructor(guildIds: readonly string[]) {
    this.#asked = new Set(guildIds);
  }

  /**
   * Takes a player update. True when it says that the player is gone or plays nothing, which must not reach the
   * state: it still knows what the player was like.
   */
  take({ guildId, state }: PlayerUpdate): boolean {
    if (!this.#asked.has(guildId)) return false;
    const player = state?.destroyed ? null : state;
    this.#answers.set(guildId, player);
    if (this.#answers.size === this.#asked.size) this.#done.resolve();
    return player === null || isIdle(player);
  }

  /** Waits until the node has answered for every guild, or takes too long. */
  async answered(signal: AbortSignal): Promise<void> {
    const done = () => this.#done.resolve();
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    await this.#done.promise;
    signal.removeEventListener("abort", done);
  }

  /** The player of a guild; null when the node has none, or was not asked; undefined when it did not answer. */
  answerOf(guildId: string): Player | null | undefined {
    return this.#asked.has(guildId) ? this.#answers.get(guildId) : null;
  }
}

/** Whether a player plays nothing, paused or not. */
export const isIdle = ({ position, mixer }: Player): boolean =>
  position === null && Object.keys(mixer).length === 0;
