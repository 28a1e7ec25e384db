import { Semaphore } from "@asterite/util";
import type { Clock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import type { PlayerUpdate } from "../events/receive-operation.ts";
import type { Player } from "../models/player.ts";
import { Play } from "../operations/playback.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import { noDetails } from "../state/player-details.ts";
import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import { emitProblem } from "./emit-event.ts";
import { type OutgoingMessage, serializePayload } from "./outbox.ts";
import { isIdle, PlayerQuery } from "./player-query.ts";
import {
  movedPlayerMessages,
  type PlayerMessage,
  toMessage,
  trackSettings,
} from "./player-state-messages.ts";
import type { WebSocketLike } from "./socket.ts";
import type { UnackedOperations } from "./unacked-operations.ts";

/** Guilds whose player states are read concurrently. */
const maxConcurrentReads = 32;

/** Result of preparing one guild. */
interface PreparedGuild {
  readonly epoch: object | undefined;
  readonly nodeHasPlayer: boolean;
  readonly messages: OutgoingMessage[];
}

/** Restores the players of a node from the client's state. */
export class PlayerRestorer {
  readonly #client: AbstractWebSocketClient;
  readonly #operations: UnackedOperations;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #query: PlayerQuery | null = null;

  /** @param timeoutMs - Time limit of the node's reply, and then of reading the state of one guild, in ms. */
  constructor(
    client: AbstractWebSocketClient,
    operations: UnackedOperations,
    clock: Clock,
    timeoutMs: number,
  ) {
    this.#client = client;
    this.#operations = operations;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Handles a player update. Returns true when it must reach neither the state nor listeners. */
  interceptUpdate(update: PlayerUpdate): boolean {
    return this.#query?.handleUpdate(update) ?? false;
  }

  /**
   * Queries over a new connection which players the node still has, and reads the states of the others.
   *
   * @returns A function that returns the messages to send before all others. To be called when they are sent:
   *   it takes the unacknowledged operations of that moment.
   */
  async prepare(socket: WebSocketLike, signal: AbortSignal): Promise<() => OutgoingMessage[]> {
    const operations = this.#operations;
    const { state } = this.#client;
    if (!state) return () => [];
    const queried = new Map(operations.guildIds.map((guildId) => [guildId, operations.epochOf(guildId)]));
    const query = await this.#queryPlayers(socket, signal, [...queried.keys()]);
    const prepared = new Map<string, PreparedGuild>();
    const semaphore = new Semaphore(maxConcurrentReads);
    // Aborts all reads when one times out: the store would not respond for the other guilds either.
    const storeTimeout = new AbortController();
    const prepareGuild = async (guildId: string) => {
      const epoch = operations.epochOf(guildId);
      // A player of a later epoch has never been on this node.
      const player = queried.get(guildId) === epoch ? query.replyOf(guildId) : null;
      const signals = [signal, storeTimeout.signal];
      const messages = await this.#restoreMessages(guildId, state, player, signals, storeTimeout);
      prepared.set(guildId, { epoch, nodeHasPlayer: player !== null, messages });
    };
    // Repeated, because guilds may be added while others are read.
    for (let guildIds = operations.guildIds; guildIds.length > 0; ) {
      await Promise.all(guildIds.map((guildId) => semaphore.run(() => prepareGuild(guildId))));
      guildIds = operations.guildIds.filter(
        (guildId) => prepared.get(guildId)?.epoch !== operations.epochOf(guildId),
      );
    }
    return () =>
      [...prepared].flatMap(([guildId, { nodeHasPlayer, messages }]) =>
        operations.hasPlayer(guildId) ? [...messages, ...operations.takeUnacked(guildId, nodeHasPlayer)] : [],
      );
  }

  /** Returns the messages that create a guild's player on a node that never had it. */
  async createPlayerMessages(guildId: string): Promise<OutgoingMessage[]> {
    const { state } = this.#client;
    return state ? await this.#restoreMessages(guildId, state, null, []) : [];
  }

  async #queryPlayers(
    socket: WebSocketLike,
    signal: AbortSignal,
    guildIds: readonly string[],
  ): Promise<PlayerQuery> {
    const query = new PlayerQuery(guildIds);
    if (guildIds.length === 0) return query;
    this.#query = query;
    for (const guildId of guildIds) socket.send(JSON.stringify({ op: "get-player", guildId }), () => {});
    using deadline = new Deadline([signal], this.#timeoutMs, this.#clock);
    await query.waitForReplies(deadline.signal);
    if (this.#query === query) this.#query = null;
    return query;
  }

  /**
   * Returns the messages that restore one player; none when its state cannot be read, which is reported.
   *
   * @param player - Reply of the node: null when it has no player, undefined when it did not reply.
   * @param storeTimeout - Aborted when reading the state times out.
   */
  async #restoreMessages(
    guildId: string,
    state: AbstractState,
    player: Player | null | undefined,
    signals: readonly AbortSignal[],
    storeTimeout?: AbortController,
  ): Promise<OutgoingMessage[]> {
    // An unacknowledged destroy is sent again; operations after it do not build on the old player.
    if (this.#operations.hasUnackedDestroy(guildId)) return [];
    using deadline = new Deadline(signals, this.#timeoutMs, this.#clock);
    try {
      deadline.signal.throwIfAborted();
      const reading = readMessages(guildId, state, player, this.#operations.unstartedTrack(guildId));
      const messages = await raceSignal(reading, deadline.signal);
      return messages.map((message) => transientMessage(guildId, message));
    } catch (error) {
      if (!signals.some(({ aborted }) => aborted)) {
        emitProblem(this.#client, error);
      }
      if (deadline.signal.aborted) storeTimeout?.abort(error);
      return [];
    }
  }
}

async function readMessages(
  guildId: string,
  state: AbstractState,
  player: Player | null | undefined,
  unstartedTrack: string | null,
): Promise<PlayerMessage[]> {
  await state.whenHandled(guildId);
  const playerState = await state.get(guildId);
  if (player === null) return await movedPlayerMessages(playerState);
  if (player && isIdle(player) && unstartedTrack === null) {
    // The track ended while there was no connection. Played again at its end, it ends again with an event.
    return (await playerState.getTrack()) === null ? [] : await movedPlayerMessages(playerState);
  }
  const track = unstartedTrack ?? (await playerState.getTrack());
  // A node sends events only to connections that have sent a play. With `noReplace` it changes nothing else.
  if (track === null) return [];
  const details = (await playerState.getDetails?.()) ?? noDetails;
  return [toMessage(new Play(track, { ...trackSettings(details), noReplace: true }))];
}

function transientMessage(guildId: string, { op, payload }: PlayerMessage): OutgoingMessage {
  const serialized = serializePayload({ ...payload, guildId, op });
  return {
    guildId,
    op,
    ...serialized,
    resolve: () => {},
    reject: () => {},
    isTransient: true,
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
}
