import type { Player } from "./player.ts";
import type { FrameStats, PlayerTotals } from "./players.ts";

/** The user has `maxPlayersPerUser` players. */
export class TooManyPlayersError extends Error {
  /** `TooManyPlayersError`. */
  override readonly name = "TooManyPlayersError";
  readonly code = "TOO_MANY_PLAYERS";
}

/** Counts the players of a node over all its player maps, and limits those of a user. */
export class PlayerCensus implements PlayerTotals {
  readonly #maxPlayersPerUser: number;
  readonly #players = new Set<Player>();
  readonly #perUser = new Map<string, number>();

  constructor(maxPlayersPerUser: number) {
    this.#maxPlayersPerUser = maxPlayersPerUser;
  }

  /**
   * Checks that a user may have another player.
   *
   * @throws TooManyPlayersError
   */
  requireRoom(userId: string): void {
    if (this.#countOf(userId) < this.#maxPlayersPerUser) return;
    throw new TooManyPlayersError(
      `The user has reached the limit of ${this.#maxPlayersPerUser} players: destroy one first`,
    );
  }

  add(player: Player): void {
    this.#players.add(player);
    this.#perUser.set(player.userId, this.#countOf(player.userId) + 1);
  }

  remove(player: Player): void {
    if (!this.#players.delete(player)) return;
    const count = this.#countOf(player.userId) - 1;
    if (count > 0) this.#perUser.set(player.userId, count);
    else this.#perUser.delete(player.userId);
  }

  counts(): { readonly total: number; readonly playing: number } {
    let playing = 0;
    for (const player of this.#players) if (player.isPlaying) playing++;
    return { total: this.#players.size, playing };
  }

  frameStats(): readonly FrameStats[] {
    return frameStatsOf(this.#players);
  }

  #countOf(userId: string): number {
    return this.#perUser.get(userId) ?? 0;
  }
}

/** Returns the frame counters of the players whose counters are usable. */
export const frameStatsOf = (players: Iterable<Player>): readonly FrameStats[] =>
  [...players].flatMap(({ userId, guildId, frames }) =>
    frames.usable ? { userId, guildId, success: frames.success, loss: frames.loss } : [],
  );
