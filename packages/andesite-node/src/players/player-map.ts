import type { OperationFields } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import type { Logger } from "@asterite/util";
import type { Clock } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { AudioReport } from "../engine/messages.ts";
import type { AudioOwner, RemotePlayer } from "../engine/remote-player.ts";
import { OperationError } from "../errors.ts";
import type { Loader } from "../loading/loader.ts";
import { Player, type PlayerServices, type PlayerTimes } from "./player.ts";
import { voiceClosedMessage } from "./player-messages.ts";
import type { PlayerReport } from "./player-report.ts";
import type { FrameStats, PlayerMessage, PlayerOperation, Players, PlayerTitleMessage } from "./players.ts";

/** Options of {@link PlayerMap}. */
export interface PlayerMapOptions {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  /** Players that one user may have. */
  readonly maxPlayersPerUser: number;
  /** Converts an error to the JSON of `TrackExceptionEvent`. */
  readonly describeError: (error: Error) => unknown;
  /** Called for each player that has been removed. */
  readonly onRemoved: (player: Player) => void;
  readonly logger: Logger;
}

/** The user has `maxPlayersPerUser` players. */
class TooManyPlayersError extends Error {
  override readonly name = "TooManyPlayersError";
  readonly code = "TOO_MANY_PLAYERS";
}

/** Limit of voice connections without a player. */
const maxCalls = 10_000;

/**
 * Returns whether a text is a host with an optional port. Rejects characters that would change the rest of a
 * URL, and ports and numeric hosts that no URL can have, such as `host:99999` and `1.2.3.4.5`.
 */
const isEndpoint = (text: string): boolean =>
  /^[a-z\d](?:[a-z\d.-]{0,252})(?::\d{1,5})?$/i.test(text) && URL.canParse(`wss://${text}/`);

const keyOf = (userId: string, guildId: string): string => `${userId}/${guildId}`;

/** All players of the node. */
export class PlayerMap implements Players {
  readonly #options: PlayerMapOptions;
  readonly #services: PlayerServices;
  readonly #players = new Map<string, Player>();
  readonly #perUser = new Map<string, number>();
  /** Audio of voice connections without a player. */
  readonly #calls = new Map<string, RemotePlayer>();
  /** Players whose `PlayerDestroyedEvent` was delivered. */
  readonly #destroyed = new WeakSet<Player>();
  readonly #listeners = new Set<(message: PlayerMessage) => void>();

  constructor(options: PlayerMapOptions) {
    this.#options = options;
    const { engine, loader, clock, times, describeError } = options;
    this.#services = {
      engine,
      loader,
      clock,
      times,
      describeError,
      deliver: (message, player) => this.#deliverFrom(player, message),
      onRemoved: (player) => this.#remove(player),
    };
  }

  /** Returns the player of a user in a guild. */
  find(userId: string, guildId: string): Player | undefined {
    return this.#players.get(keyOf(userId, guildId));
  }

  perform(userId: string, guildId: string, operation: PlayerOperation): PlayerReport | null {
    const { op } = operation;
    if (op === "voice-server-update" || op === "voiceUpdate") {
      this.#join(userId, guildId, operation.fields);
      return null;
    }
    const known = this.find(userId, guildId);
    if (op === "get-player") return known?.report() ?? null;
    if (op === "destroy") {
      if (!known) {
        this.#leave(keyOf(userId, guildId));
        return null;
      }
      const report = known.report();
      known.destroy(false);
      return { ...report, destroyed: true };
    }
    const player = known ?? this.#create(userId, guildId);
    player.perform(operation);
    return player.report();
  }

  titleMessage(userId: string, guildId: string): PlayerTitleMessage | null {
    return this.find(userId, guildId)?.titleMessage() ?? null;
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
    for (const player of this.#players.values()) if (player.isPlaying) playing++;
    return { total: this.#players.size, playing };
  }

  frameStats(): readonly FrameStats[] {
    return [...this.#players.values()].flatMap(({ userId, guildId, frames }) =>
      frames.usable ? { userId, guildId, success: frames.success, loss: frames.loss } : [],
    );
  }

  async close(): Promise<void> {
    for (const player of [...this.#players.values()]) player.close();
    for (const key of [...this.#calls.keys()]) this.#leave(key);
    await this.#options.engine.close();
  }

  #create(userId: string, guildId: string): Player {
    const count = this.#perUser.get(userId) ?? 0;
    const { maxPlayersPerUser } = this.#options;
    if (count >= maxPlayersPerUser) {
      throw new TooManyPlayersError(
        `The user has reached the limit of ${maxPlayersPerUser} players: destroy one first`,
      );
    }
    const key = keyOf(userId, guildId);
    const player = new Player(userId, guildId, this.#services, this.#calls.get(key));
    this.#calls.delete(key);
    this.#players.set(key, player);
    this.#perUser.set(userId, count + 1);
    return player;
  }

  /** Connects to a call. Updates without an endpoint are ignored: Discord sends another when it has one. */
  #join(userId: string, guildId: string, fields: OperationFields<"voice-server-update">): void {
    const { sessionId, event, channelId } = fields;
    if (!event?.endpoint || typeof event.token !== "string") return;
    const { endpoint, token } = event;
    if (typeof sessionId !== "string") throw new OperationError("sessionId", "a text");
    if (!isEndpoint(endpoint))
      throw new OperationError("event.endpoint", "a host name, with or without a port");
    const server = { userId, guildId, sessionId, endpoint, token, channelId: channelId ?? null };
    const player = this.find(userId, guildId);
    if (player) player.audio.join(server);
    else this.#getOrAddCall(userId, guildId).join(server);
  }

  #getOrAddCall(userId: string, guildId: string): RemotePlayer {
    const key = keyOf(userId, guildId);
    let call = this.#calls.get(key);
    if (!call) {
      if (this.#calls.size >= maxCalls)
        throw new OperationError(
          "guildId",
          `the guild of a player: the node has ${maxCalls} voice connections without one`,
        );
      const owner: AudioOwner = {
        locate: () => Promise.reject(new TrackError("There is no player.", "COMMON")),
        handleReport: (report: AudioReport) => {
          if (report.type !== "voice-closed") return;
          this.#leave(key);
          this.#deliver(voiceClosedMessage(userId, guildId, report));
        },
      };
      call = this.#options.engine.add(owner);
      this.#calls.set(key, call);
    }
    return call;
  }

  #leave(key: string): void {
    const call = this.#calls.get(key);
    if (!call) return;
    this.#calls.delete(key);
    this.#options.engine.remove(call);
  }

  #remove(player: Player): void {
    if (!this.#players.delete(keyOf(player.userId, player.guildId))) return;
    this.#options.onRemoved(player);
    const count = (this.#perUser.get(player.userId) ?? 1) - 1;
    if (count > 0) this.#perUser.set(player.userId, count);
    else this.#perUser.delete(player.userId);
  }

  /**
   * Delivers a message, unless the player was destroyed and clients would attribute it to the one in its
   * place.
   */
  #deliverFrom(player: Player, message: PlayerMessage): void {
    if (this.#destroyed.has(player) && this.find(player.userId, player.guildId)) return;
    const { content } = message;
    if (content.type === "event" && content.name === "PlayerDestroyedEvent") this.#destroyed.add(player);
    this.#deliver(message);
  }

  #deliver(message: PlayerMessage): void {
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        this.#options.logger.error({ err: error }, "player message listener failed");
      }
    }
  }
}
