import type { OperationFields } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import type { Logger } from "@asterite/util";
import type { Clock } from "../clock.ts";
import type { Engine } from "../engine/engine.ts";
import type { EnginePlayer } from "../engine/remote-player.ts";
import { OperationError } from "../errors.ts";
import type { Loader } from "../loading/loader.ts";
import { Player, type PlayerServices, type PlayerTimes } from "./player.ts";
import type { PlayerReport } from "./player-report.ts";
import type { FrameStats, PlayerMessage, PlayerOperation, Players } from "./players.ts";
import { voiceClosed } from "./voice-closed.ts";

/** What all players share. */
export interface PlayerMapOptions {
  readonly engine: Engine;
  readonly loader: Loader;
  readonly clock: Clock;
  readonly times: PlayerTimes;
  /** How many players one user may have. */
  readonly maxPlayersPerUser: number;
  /** Writes an error as it stands in `TrackExceptionEvent`. */
  readonly describe: (error: Error) => unknown;
  /** Told about each player that has gone. */
  readonly removed: (player: Player) => void;
  readonly logger: Logger;
}

/** A user has as many players as one may have. */
class TooManyPlayersError extends Error {
  override readonly name = "TooManyPlayersError";
}

/** Voice connections without a player that may be there at one time. */
const maxCalls = 10_000;

/** The host of a voice server, as Discord writes it; nothing that could lead elsewhere in a URL. */
const isEndpoint = (text: string): boolean => /^[a-z\d](?:[a-z\d.-]{0,252})(?::\d{1,5})?$/i.test(text);

const idleEvents = {
  locate: () => Promise.reject(new TrackError("There is nothing to play", "COMMON")),
  ended() {},
  exception() {},
  stuck() {},
  sourceChanged() {},
  deckRemoved() {},
};

const keyOf = (userId: string, guildId: string): string => `${userId}/${guildId}`;

/** All players of the node. */
export class PlayerMap implements Players {
  readonly #options: PlayerMapOptions;
  readonly #services: PlayerServices;
  readonly #players = new Map<string, Player>();
  readonly #perUser = new Map<string, number>();
  /** Voice connections that nothing is played in yet. */
  readonly #calls = new Map<string, EnginePlayer>();
  /** Players whose end has been told. */
  readonly #ended = new WeakSet<Player>();
  readonly #listeners = new Set<(message: PlayerMessage) => void>();

  constructor(options: PlayerMapOptions) {
    this.#options = options;
    const { engine, loader, clock, times, describe } = options;
    this.#services = {
      engine,
      loader,
      clock,
      times,
      describe,
      deliver: (message, player) => this.#deliverOf(player, message),
      removed: (player) => this.#remove(player),
    };
  }

  /** The player of a user in a guild. */
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
    for (const key of [...this.#calls.keys()]) this.#leave(key);
    await this.#options.engine.close();
  }

  #create(userId: string, guildId: string): Player {
    const count = this.#perUser.get(userId) ?? 0;
    const { maxPlayersPerUser } = this.#options;
    if (count >= maxPlayersPerUser) {
      throw new TooManyPlayersError(`The user has ${maxPlayersPerUser} players, which is the limit`);
    }
    const key = keyOf(userId, guildId);
    const player = new Player(userId, guildId, this.#services, this.#calls.get(key) ?? null);
    this.#calls.delete(key);
    this.#players.set(key, player);
    this.#perUser.set(userId, count + 1);
    return player;
  }

  /** Goes to a call; Discord sends updates without an endpoint, which mean that one will follow. */
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
    else this.#call(userId, guildId).join(server);
  }

  #call(userId: string, guildId: string): EnginePlayer {
    const key = keyOf(userId, guildId);
    let call = this.#calls.get(key);
    if (!call) {
      if (this.#calls.size >= maxCalls) throw new OperationError("guildId", "one of fewer voice connections");
      call = this.#options.engine.add({
        ...idleEvents,
        voiceClosed: (code, reason, byRemote) => {
          this.#leave(key);
          this.#deliver(voiceClosed(userId, guildId, code, reason, byRemote));
        },
      });
      this.#calls.set(key, call);
    }
    return call;
  }

  #leave(key: string): void {
    this.#calls.get(key)?.close();
    this.#calls.delete(key);
  }

  #remove(player: Player): void {
    if (!this.#players.delete(keyOf(player.userId, player.guildId))) return;
    this.#options.removed(player);
    const count = (this.#perUser.get(player.userId) ?? 1) - 1;
    if (count > 0) this.#perUser.set(player.userId, count);
    else this.#perUser.delete(player.userId);
  }

  /** What a player tells after its end would be taken for its successor's, if there is one by then. */
  #deliverOf(player: Player, message: PlayerMessage): void {
    if (this.#ended.has(player) && this.find(player.userId, player.guildId)) return;
    const { content } = message;
    if (content.kind === "event" && content.type === "PlayerDestroyedEvent") this.#ended.add(player);
    this.#deliver(message);
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
