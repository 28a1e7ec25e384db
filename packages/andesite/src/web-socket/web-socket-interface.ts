import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { ConnectionError, InvalidTypeError } from "../errors.ts";
import { AndesiteEvent } from "../events/andesite-event.ts";
import {
  PlayerUpdate,
  PongResponse,
  type ReceiveOperation,
  StatsUpdate,
} from "../events/receive-operation.ts";
import { isInstance } from "../mixin.ts";
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
import type { WaitOptions } from "../wait-options.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";
import { WebSocketDisconnectEvent } from "./events.ts";

/** A class of operations that can be waited for. */
export type ReceiveClass<Operation extends ReceiveOperation = ReceiveOperation> = abstract new (
  ...args: never[]
) => Operation;

/** The operations of a node, on top of {@link AbstractWebSocket.send}. */
export abstract class WebSocketInterface extends AbstractWebSocket {
  /** Holds for classes that the interface was mixed into as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and each asks for itself.
    return isInstance(this, value);
  }

  /**
   * Plays a track.
   *
   * @param track - Base64, or an operation, beside which there can be no options.
   */
  async play(guildId: Snowflake, track: string | Play, options?: PlayOptions | null): Promise<void> {
    if (track instanceof Play && options) throw new InvalidTypeError("options", "absent beside a Play");
    const operation = track instanceof Play ? track : new Play(track, options);
    // Null stops a mixer player; here the node would refuse it without a word.
    if (operation.track === null) throw new InvalidTypeError("track", "a string");
    await this.sendOperation(guildId, operation);
  }

  /** Pauses or resumes. */
  async pause(guildId: Snowflake, pause: boolean): Promise<void> {
    await this.sendOperation(guildId, new Pause(pause));
  }

  /** Stops the track. */
  async stop(guildId: Snowflake): Promise<void> {
    await this.sendOperation(guildId, new Stop());
  }

  /** Goes to a position in seconds. */
  async seek(guildId: Snowflake, position: number): Promise<void> {
    await this.sendOperation(guildId, new Seek(position));
  }

  /** Sets the volume as a factor; nodes accept 0 to 10. */
  async volume(guildId: Snowflake, volume: number): Promise<void> {
    await this.sendOperation(guildId, new Volume(volume));
  }

  /** Changes several things at once. */
  async update(guildId: Snowflake, update: Update | UpdateOptions): Promise<void> {
    await this.sendOperation(guildId, update instanceof Update ? update : new Update(update));
  }

  /** Ends the player. */
  async destroy(guildId: Snowflake): Promise<void> {
    await this.sendOperation(guildId, new Destroy());
  }

  /** Changes the mixer and its players; `enable` of null leaves it on or off. */
  async mixer(
    guildId: Snowflake,
    enable?: boolean | null,
    players?: MixerPlayerUpdateMap | null,
  ): Promise<void> {
    await this.sendOperation(guildId, new MixerUpdate(enable, players));
  }

  /** Changes the filters that are given, by their names on the wire; names of a plug-in's filters as well. */
  async filters(guildId: Snowflake, filters: FilterMapLike): Promise<void> {
    await this.sendOperation(guildId, FilterUpdate.from(filters));
  }

  /**
   * Hands on what Discord said about the voice server of a guild.
   *
   * @param event - Body of the dispatch, as it came.
   */
  async voiceServerUpdate(
    guildId: Snowflake,
    sessionId: string,
    event: Readonly<Record<string, unknown>>,
    options?: { readonly channelId?: string | null | undefined } | null,
  ): Promise<void> {
    await this.sendOperation(guildId, new VoiceServerUpdate(sessionId, event, options));
  }

  /** The player of a guild; null when the node has none. Rejects like {@link ping}. */
  async getPlayer(guildId: Snowflake, options?: WaitOptions | null): Promise<Player | null> {
    return (await requestReply(this, guildId, "get-player", PlayerUpdate, options)).state;
  }

  /** Statistics of the node that the guild is on. Rejects like {@link ping}. */
  async getStats(guildId: Snowflake, options?: WaitOptions | null): Promise<Stats> {
    return (await requestReply(this, guildId, "get-stats", StatsUpdate, options)).stats;
  }

  /**
   * Seconds until the node answered. Rejects with a `ConnectionError` when the connection is lost before, with
   * the reason of the signal, and with what sending rejects with.
   */
  async ping(guildId: Snowflake, options?: WaitOptions | null): Promise<number> {
    const start = performance.now();
    await requestReply(this, guildId, "ping", PongResponse, options);
    return (performance.now() - start) / 1_000;
  }

  /**
   * The next operation of a class that is received, for a guild where one is given. Waits for as long as it takes,
   * through any number of connections, unless its signal aborts.
   */
  async waitForReceive<Operation extends ReceiveOperation>(
    type: ReceiveClass<Operation>,
    options?: (WaitOptions & { readonly guildId?: Snowflake | null | undefined }) | null,
  ): Promise<Operation> {
    const guildId = options?.guildId ?? null;
    const id = guildId === null ? null : toSnowflake(guildId, "guildId");
    return await this.eventTarget.subscribe(type).first({
      predicate: (operation) => isAboutGuild(operation, id),
      signal: options?.signal,
    });
  }
}

/** Whether an operation is about a guild, as far as it says. */
function isAboutGuild(operation: ReceiveOperation, guildId: string | null): boolean {
  if (guildId === null) return true;
  const { guildId: about = null } = operation as { readonly guildId?: string | null };
  if (operation instanceof PlayerUpdate || operation instanceof AndesiteEvent) return about === guildId;
  // Not every node repeats the guild of a ping, and statistics have none.
  return about === null || about === guildId;
}

/** What a guild's messages go through now; null where there is but one, whatever it calls itself. */
function memberOf(client: AbstractWebSocket, guildId: string): unknown {
  const pool = client as { readonly getClient?: (guildId: string) => unknown };
  return typeof pool.getClient === "function" ? pool.getClient(guildId) : null;
}

/** Sends a message and waits for its answer, which may arrive before the sending is reported as done. */
async function requestReply<Operation extends ReceiveOperation>(
  client: AbstractWebSocket,
  guildId: Snowflake,
  op: string,
  type: ReceiveClass<Operation>,
  options: WaitOptions | null | undefined,
): Promise<Operation> {
  const id = toSnowflake(guildId, "guildId");
  // A combined client may get another part while this waits, which will not have the answer.
  const { webSocket = client } = client as { readonly webSocket?: AbstractWebSocket };
  using subscription = webSocket.eventTarget.subscribe([
    type,
    WebSocketDisconnectEvent,
    PoolClientRemoveEvent,
  ]);
  let carrier: unknown;
  const answer = subscription.first({
    predicate: (event) => {
      if (event instanceof WebSocketDisconnectEvent || event instanceof PoolClientRemoveEvent) {
        // Before the transmission it only delays the answer.
        return carrier !== undefined && (carrier === null || carrier === event.client);
      }
      const operation = event as Operation;
      const expected = memberOf(webSocket, id);
      const isFromElsewhere = expected !== null && operation.client !== null && operation.client !== expected;
      return !isFromElsewhere && isAboutGuild(operation, id);
    },
    signal: options?.signal,
  });
  // When sending fails nobody looks at the answer any more.
  answer.catch(() => {});
  await webSocket.send(id, op, {});
  carrier = memberOf(webSocket, id);
  const event = await answer;
  if (event instanceof WebSocketDisconnectEvent || event instanceof PoolClientRemoveEvent) {
    throw new ConnectionError(`the connection was lost before the answer to ${op}`);
  }
  return event as Operation;
}
