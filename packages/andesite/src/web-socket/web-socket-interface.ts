import { type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { SubscriptionClosed } from "@asterite/observable";
import { optionNames, readSignal, requireAtLeast, requireFunction, requireKnownOptions } from "../checks.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import { ClientClosedError, ConnectionError, ConnectionTimeoutError, InvalidTypeError } from "../errors.ts";
import { AndesiteEvent } from "../events/andesite-event.ts";
import {
  PlayerUpdate,
  PongResponse,
  type ReceiveOperation,
  StatsUpdate,
} from "../events/receive-operation.ts";
import type { FilterMapLike } from "../models/filter-map.ts";
import type { Player } from "../models/player.ts";
import type { Stats } from "../models/stats.ts";
import { VoiceServerUpdate } from "../operations/connection.ts";
import { Destroy, Pause, Play, type PlayOptions, Seek, Stop, Volume } from "../operations/playback.ts";
import {
  FilterUpdate,
  type MixerPlayerUpdateMap,
  MixerUpdate,
  Update,
  type UpdateOptions,
} from "../operations/update.ts";
import { PoolClientRemoveEvent } from "../pool/events.ts";
import { defaultQueryTimeoutMs, defaultReceiveTimeoutMs, type QueryOptions } from "../wait-options.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";
import { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import { WebSocketDisconnectEvent } from "./events.ts";
import { QueryRouter } from "./query-router.ts";
import { routeOf, underlyingClient } from "./underlying-client.ts";

/** A class of received operations, such as `PlayerUpdate`. */
export type ReceiveClass<Operation extends ReceiveOperation = ReceiveOperation> = abstract new (
  ...args: never[]
) => Operation;

/**
 * Operations of a node, built on {@link AbstractWebSocket.send}. Methods resolve when the message was
 * transmitted, and reject with an `InvalidTypeError` or `OutOfRangeError` that names field, value and range
 * for arguments that nodes refuse.
 */
export abstract class WebSocketInterface extends AbstractWebSocket {
  /**
   * Plays a track.
   *
   * @param track - Encoded track in base64, or a `Play` operation, which excludes `options`.
   */
  async play(guildId: SnowflakeLike, track: string | Play, options?: PlayOptions | null): Promise<void> {
    if (track instanceof Play && options)
      throw new InvalidTypeError("options", "absent when track is a Play");
    await this.sendOperation(guildId, track instanceof Play ? track : new Play(track, options));
  }

  /** Pauses (true) or resumes (false) the player. */
  async pause(guildId: SnowflakeLike, pause: boolean): Promise<void> {
    await this.sendOperation(guildId, new Pause(pause));
  }

  /** Stops the current track. */
  async stop(guildId: SnowflakeLike): Promise<void> {
    await this.sendOperation(guildId, new Stop());
  }

  /** Seeks to a position in seconds. */
  async seek(guildId: SnowflakeLike, position: number): Promise<void> {
    await this.sendOperation(guildId, new Seek(position));
  }

  /** Sets the volume of the player, as a factor from 0 to 10. Default of a new player: 1. */
  async volume(guildId: SnowflakeLike, volume: number): Promise<void> {
    await this.sendOperation(guildId, new Volume(volume));
  }

  /**
   * Changes pause, position, volume and filters with one message. Omitted fields stay unchanged; a message without
   * any field changes nothing, and the node replies with the player as it does to others.
   */
  async update(guildId: SnowflakeLike, update?: Update | UpdateOptions | null): Promise<void> {
    await this.sendOperation(guildId, update instanceof Update ? update : new Update(update));
  }

  /** Destroys the player and its voice connection. */
  async destroy(guildId: SnowflakeLike): Promise<void> {
    await this.sendOperation(guildId, new Destroy());
  }

  /**
   * Changes the mixer and its players.
   *
   * @param enable - Turns the mixer on or off; null leaves it unchanged.
   * @param players - Operations by the id of the mixer player.
   */
  async mixer(
    guildId: SnowflakeLike,
    enable?: boolean | null,
    players?: MixerPlayerUpdateMap | null,
  ): Promise<void> {
    await this.sendOperation(guildId, new MixerUpdate(enable, players));
  }

  /**
   * Changes the given filters, by their names on the wire, and leaves the others unchanged. Filters of
   * plug-ins are allowed.
   */
  async filters(guildId: SnowflakeLike, filters: FilterMapLike): Promise<void> {
    await this.sendOperation(guildId, FilterUpdate.from(filters));
  }

  /**
   * Sends a voice server update, with which the node connects to the voice server of a guild.
   *
   * @param sessionId - Voice session id of the bot in the guild.
   * @param event - Unchanged body of Discord's `VOICE_SERVER_UPDATE` dispatch, with `endpoint`, `guild_id` and
   *   `token`. Its endpoint is null while Discord has no server; then another dispatch follows.
   */
  async voiceServerUpdate(
    guildId: SnowflakeLike,
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: SnowflakeLike | null | undefined } | null,
  ): Promise<void> {
    await this.sendOperation(guildId, new VoiceServerUpdate(sessionId, event, options));
  }

  /** Requests the player of a guild; null when the node has none. Rejects like {@link ping}. */
  async getPlayer(guildId: SnowflakeLike, options?: QueryOptions | null): Promise<Player | null> {
    return (await requestReply(this, guildId, "get-player", PlayerUpdate, options)).state;
  }

  /** Requests the statistics of the guild's node. Rejects like {@link ping}. */
  async getStats(guildId: SnowflakeLike, options?: QueryOptions | null): Promise<Stats> {
    return (await requestReply(this, guildId, "get-stats", StatsUpdate, options)).stats;
  }

  /**
   * Pings the guild's node and returns the round-trip time in seconds. Rejects with a `ConnectionError` when
   * the connection is lost before the reply, with a `ConnectionTimeoutError` after the time limit, with the
   * reason of the signal, and with the errors of `send`.
   */
  async ping(guildId: SnowflakeLike, options?: QueryOptions | null): Promise<number> {
    const start = performance.now();
    await requestReply(this, guildId, "ping", PongResponse, options);
    return (performance.now() - start) / 1_000;
  }

  /**
   * Waits for the next received operation of a class, optionally for one guild, also across reconnects. Rejects
   * with a `ConnectionTimeoutError` after the time limit, 60 s by default; with the reason of the signal; with a
   * `SubscriptionClosed` when the client is closed.
   */
  async waitForReceive<Operation extends ReceiveOperation>(
    type: ReceiveClass<Operation>,
    options?: (QueryOptions & { readonly guildId?: SnowflakeLike | null | undefined }) | null,
  ): Promise<Operation> {
    requireFunction("type", type);
    requireKnownOptions("", options, ["guildId", "timeoutMs", "signal"]);
    const guildId = options?.guildId ?? null;
    const id = guildId === null ? null : toSnowflake(guildId, "guildId");
    const timeoutMs = requireAtLeast("timeoutMs", 1, options?.timeoutMs ?? defaultReceiveTimeoutMs);
    const callerSignal = readSignal(options?.signal);
    using deadline = new Deadline([callerSignal], timeoutMs);
    const received = this.eventTarget.subscribe(type).first({
      predicate: (operation) => isAboutGuild(operation, id),
      signal: deadline.signal,
    });
    return await received.catch((error: unknown) => {
      if (!deadline.signal.aborted || callerSignal?.aborted) throw error;
      throw new ConnectionTimeoutError(timeoutMs, `no ${type.name} arrived within ${timeoutMs} ms`);
    });
  }
}

const queryOptionNames = optionNames<QueryOptions>({ timeoutMs: true, signal: true });

/** Returns whether an operation concerns a guild, or names none. */
function isAboutGuild(operation: ReceiveOperation, guildId: string | null): boolean {
  if (guildId === null) return true;
  const { guildId: about = null } = operation as { readonly guildId?: string | null };
  if (operation instanceof PlayerUpdate || operation instanceof AndesiteEvent) return about === guildId;
  // Some nodes do not echo the guild of a ping, and statistics have none.
  return about === null || about === guildId;
}

/** Number of the last query, in the field `asteriteQuery` of its ping. */
let lastQuery = 0;

/**
 * Sends a query, then a numbered ping. Nodes process messages in order, so the last operation of the type before
 * the pong is the reply, or newer, and never the reply to an earlier message.
 *
 * @param type - Class of the reply; `PongResponse` for a ping alone.
 */
async function requestReply<Operation extends ReceiveOperation>(
  client: AbstractWebSocket,
  guildId: SnowflakeLike,
  op: string,
  type: ReceiveClass<Operation>,
  options: QueryOptions | null | undefined,
): Promise<Operation> {
  const id = toSnowflake(guildId, "guildId");
  requireKnownOptions("", options, queryOptionNames);
  const timeoutMs = requireAtLeast("timeoutMs", 1, options?.timeoutMs ?? defaultQueryTimeoutMs);
  const callerSignal = readSignal(options?.signal);
  // The `webSocket` of a combined client may be replaced during the wait; the reply arrives at the old one.
  const sender = underlyingClient(client);
  using deadline = new Deadline([callerSignal], timeoutMs);
  const query = ++lastQuery;
  /** Clients through which the message was transmitted; null before the transmission. */
  let usedRoute: readonly unknown[] | null = null;
  using wait = QueryRouter.of(sender).wait({
    number: query,
    guildId: id,
    type,
    isFromOther: ({ client: from }) => {
      const route = routeOf(sender, id);
      return route.length > 1 && from !== null && !route.includes(from);
    },
    // Before the transmission, a lost connection only delays the reply.
    isLost: ({ client: lost }) => usedRoute !== null && (usedRoute.length === 1 || usedRoute.includes(lost)),
  });
  let event: object;
  try {
    const sent = op === "ping" ? null : sender.send(id, op, {});
    const marked = sender.send(id, "ping", { asteriteQuery: query });
    await raceSignal(Promise.all([sent, marked]), deadline.signal);
    usedRoute = routeOf(sender, id);
    event = await raceSignal(wait.reply, deadline.signal);
  } catch (error) {
    if (error instanceof SubscriptionClosed) throw new ClientClosedError(undefined, { cause: error });
    if (!deadline.signal.aborted || callerSignal?.aborted) throw error;
    const cause = connectErrorOf(routeOf(sender, id));
    const reason = cause ? `: ${cause.message}` : "";
    throw new ConnectionTimeoutError(timeoutMs, `no reply to ${op} within ${timeoutMs} ms${reason}`, {
      cause,
    });
  }
  if (event instanceof WebSocketDisconnectEvent || event instanceof PoolClientRemoveEvent) {
    throw new ConnectionError(`the connection was lost before the reply to ${op}`);
  }
  return event as Operation;
}

/** Returns the failure to connect of the last client of a route; null when it is connected. */
const connectErrorOf = (route: readonly unknown[]): ConnectionError | null => {
  const client = route.at(-1);
  return client instanceof AbstractWebSocketClient ? client.connectError : null;
};
