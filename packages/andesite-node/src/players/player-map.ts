import type { OperationFields } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import type { Logger } from "@asterite/util";
import type { Clock } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { AudioReport } from "../engine/messages.ts";
import type { AudioOwner, RemotePlayer } from "../engine/remote-player.ts";
import { OperationError } from "../errors.ts";
import type { Loader } from "../loading/loader.ts";
import { Player, type PlayerServices, type PlayerTimes, type UnusedPlayers } from "./player.ts";
import type { PlayerCensus } from "./player-census.ts";
import { voiceClosedMessage } from "./player-messages.ts";
import type { PlayerReport } from "./player-report.ts";
import type { PlayerMessage, PlayerOperation, Players, PlayerTitleMessage } from "./players.ts";

/** Options of {@link PlayerMap}. */
export interface PlayerMapOptions {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  /** Counts the players of all maps, and limits those of a user. */
  readonly census: PlayerCensus;
  /** What happens to a playing player without listeners. */
  readonly unused: UnusedPlayers;
  /** Converts an error to the JSON of `TrackExceptionEvent`. */
  readonly describeError: (error: Error) => unknown;
  /** Called for each player that has been removed. */
  readonly onRemoved: (player: Player) => void;
  readonly logger: Logger;
}

/** Limit of voice connections without a player. */
const maxCalls = 10_000;

/**
 * Returns whether a text is a host with an optional port. Rejects characters that would change the rest of a
 * URL, and ports and numeric hosts that no URL can have, such as `host:99999` and `1.2.3.4.5`.
 */
export const isEndpoint = (text: string): boolean =>
  /^[a-z\d](?:[a-z\d.-]{0,252})(?::\d{1,5})?$/i.test(text) && URL.canParse(`wss://${text}/`);

const keyOf = (userId: string, guildId: string): string => `${userId}/${guildId}`;

/** The players of the Andesite dialect and of Lavalink 3, or those of one session of Lavalink 4. */
export class PlayerMap implements Players {
  readonly #options: PlayerMapOptions;
  readonly #services: PlayerServices;
  readonly #players = new Map<string, Player>();
  /** Audio of voice connections without a player. */
  readonly #calls = new Map<string, RemotePlayer>();
  /** Players whose `PlayerDestroyedEvent` was delivered. */
  readonly #destroyed = new WeakSet<Player>();
  readonly #listeners = new Set<(message: PlayerMessage) => void>();

  constructor(options: PlayerMapOptions) {
    this.#options = options;
    const { engine, loader, clock, times, unused, describeError } = options;
    this.#services = {
      engine,
      loader,
      clock,
      times,
      unused,
      describeError,
      deliver: (message, player) => this.#deliverFrom(player, message),
      onRemoved: (player) => this.#remove(player),
    };
  }

  /** Returns the player of a user in a guild. */
  find(userId: string, guildId: string): Player | undefined {
    return this.#players.get(keyOf(userId, guildId));
  }

  /**
   * Returns the player of a user in a guild, and creates it if there is none.
   *
   * @throws TooManyPlayersError
   */
  findOrCreate(userId: string, guildId: string): Player {
    return this.find(userId, guildId) ?? this.#create(userId, guildId);
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
    const player = this.findOrCreate(userId, guildId);
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

  /** The players, oldest first. */
  get all(): Iterable<Player> {
    return this.#players.values();
  }

  /** Ends all players without messages. */
  close(): void {
    for (const player of [...this.#players.values()]) player.close();
    for (const key of [...this.#calls.keys()]) this.#leave(key);
  }

  #create(userId: string, guildId: string): Player {
    this.#options.census.requireRoom(userId);
    const key = keyOf(userId, guildId);
    const player = new Player(userId, guildId, this.#services, this.#calls.get(key));
    this.#calls.delete(key);
    this.#players.set(key, player);
    this.#options.census.add(player);
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
    this.#options.census.remove(player);
    this.#options.onRemoved(player);
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
