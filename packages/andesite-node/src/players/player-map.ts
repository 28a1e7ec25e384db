import type { Clock } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { Loader } from "../loading/loader.ts";
import type { Logger } from "../logger.ts";
import { Player, type PlayerServices, type PlayerTimes } from "./player.ts";
import type { PlayerReport } from "./player-report.ts";
import type { FrameStats, PlayerMessage, PlayerOperation, Players } from "./players.ts";

/** What all players share. */
export interface PlayerMapOptions {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  /** How many players one user may have. */
  readonly maxPlayersPerUser: number;
  readonly logger: Logger;
}

/** A user has as many players as one may have. */
export class TooManyPlayersError extends Error {
  override readonly name = "TooManyPlayersError";
}

const keyOf = (userId: string, guildId: string): string => `${userId}/${guildId}`;

/** All players of the node. */
export class PlayerMap implements Players {
  readonly #options: PlayerMapOptions;
  readonly #services: PlayerServices;
  readonly #players = new Map<string, Player>();
  readonly #perUser = new Map<string, number>();
  readonly #listeners = new Set<(message: PlayerMessage) => void>();

  constructor(options: PlayerMapOptions) {
    this.#options = options;
    const { engine, loader, clock, times } = options;
    this.#services = {
      engine,
      loader,
      clock,
      times,
      deliver: (message) => this.#deliver(message),
      removed: (player) => this.#remove(player),
    };
  }

  /** The player of a user in a guild. */
  find(userId: string, guildId: string): Player | undefined {
    return this.#players.get(keyOf(userId, guildId));
  }

  perform(userId: string, guildId: string, operation: PlayerOperation): PlayerReport | null {
    const { op } = operation;
    if (op === "voice-server-update" || op === "voiceUpdate") return null;
    const known = this.find(userId, guildId);
    if (op === "get-player") return known?.report() ?? null;
    if (op === "destroy") {
      if (!known) return null;
      const report = known.report();
      known.destroy(false);
      return { ...report, destroyed: true };
    }
    const player = known ?? this.#create(userId, guildId);
    player.perform(operation);
    return player.report();
  }

  get(userId: string, guildId: string): PlayerReport | null {
    return this.find(userId, guildId)?.report() ?? null;
  }

  listen(listener: (message: PlayerMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  counts(): { readonly total: number; readonly playing: number } {
    let playing = 0;
    for (const player of this.#players.values()) if (player.playing) playing++;
    return { total: this.#players.size, playing };
  }

  frameStats(): readonly FrameStats[] {
    return [...this.#players.values()].flatMap(({ userId, guildId, frames }) =>
      frames.usable ? { userId, guildId, success: frames.success, loss: frames.loss } : [],
    );
  }

  async close(): Promise<void> {
    for (const player of [...this.#players.values()]) player.close();
    await this.#options.engine.close();
  }

  #create(userId: string, guildId: string): Player {
    const count = this.#perUser.get(userId) ?? 0;
    const { maxPlayersPerUser } = this.#options;
    if (count >= maxPlayersPerUser) {
      throw new TooManyPlayersError(`The user has ${maxPlayersPerUser} players, which is the limit`);
    }
    const player = new Player(userId, guildId, this.#services);
    this.#players.set(keyOf(userId, guildId), player);
    this.#perUser.set(userId, count + 1);
    return player;
  }

  #remove(player: Player): void {
    if (!this.#players.delete(keyOf(player.userId, player.guildId))) return;
    const count = (this.#perUser.get(player.userId) ?? 1) - 1;
    if (count > 0) this.#perUser.set(player.userId, count);
    else this.#perUser.delete(player.userId);
  }

  #deliver(message: PlayerMessage): void {
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        this.#options.logger.error({ err: error }, "a listener of player messages failed");
      }
    }
  }
}
