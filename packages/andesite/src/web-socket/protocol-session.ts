import { Header, toMilli, webSocketPath } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import type { Clock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import { MalformedDataError } from "../errors.ts";
import { AndesiteEvent, OperationFailedEvent, TrackStartEvent } from "../events/andesite-event.ts";
import { readReceiveOperation } from "../events/read-receive-operation.ts";
import {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  type ReceiveOperation,
} from "../events/receive-operation.ts";
import { type AbstractState, ignoresSentMessage } from "../state/abstract-state.ts";
import type { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";
import { notAndesiteError } from "./connect-failure.ts";
import { emitEvent, emitProblem } from "./emit-event.ts";
import { RawMsgReceiveEvent } from "./events.ts";
import { KnownGuilds } from "./known-guilds.ts";
import { NodeInfo } from "./node-info.ts";
import { Outbox, type OutgoingMessage, payloadOf } from "./outbox.ts";
import { PlayerRestorer } from "./player-restorer.ts";
import type { WebSocketLike } from "./socket.ts";
import { StartedPlays } from "./started-plays.ts";
import { UnackedOperations } from "./unacked-operations.ts";

/** Time for a peer to identify itself as an Andesite node, in ms. */
const identifyTimeoutMs = 5_000;

/** Settings of a {@link ProtocolSession}. */
export interface ProtocolSessionOptions {
  readonly clock: Clock;
  /** Address of the node. */
  readonly address: string;
  /** Returns the error of messages that waited too long for a connection. */
  readonly toTimeoutError: () => Error;
  readonly maxQueuedMessages: number;
  readonly maxUnknownGuilds: number;
  readonly restoreTimeoutMs: number;
  /** Time that the node keeps events for the next connection, in seconds; 0 sends no request for it. */
  readonly eventBufferSeconds: number;
}

/**
 * Protocol state of a client that outlives its connections: queue, unacknowledged operations, players, node.
 */
export class ProtocolSession {
  readonly nodeInfo = new NodeInfo();
  readonly #client: AbstractWebSocketClient;
  readonly #eventBufferSeconds: number;
  readonly #outbox: Outbox;
  readonly #operations = new UnackedOperations();
  readonly #restorer: PlayerRestorer;
  readonly #knownGuilds: KnownGuilds;
  readonly #plays = new StartedPlays();
  /** Guilds whose stored plays were read. */
  readonly #readGuilds = new Set<string>();
  readonly #address: string;
  #socket: WebSocketLike | null = null;
  /** Settled by the first messages of a socket that may be no Andesite WebSocket. */
  #identification: PromiseWithResolvers<void> | null = null;

  /**
   * @param client - Owner of the session. Events are emitted on its event target; its `state` is notified.
   */
  constructor(client: AbstractWebSocketClient, options: ProtocolSessionOptions) {
    const {
      clock,
      maxQueuedMessages,
      maxUnknownGuilds,
      toTimeoutError,
      restoreTimeoutMs,
      eventBufferSeconds,
    } = options;
    this.#client = client;
    this.#eventBufferSeconds = eventBufferSeconds;
    this.#knownGuilds = new KnownGuilds(maxUnknownGuilds);
    this.#address = options.address;
    this.#outbox = new Outbox(
      maxQueuedMessages,
      clock,
      (message) => this.#handleTransmitted(message),
      toTimeoutError,
    );
    this.#restorer = new PlayerRestorer(client, this.#operations, clock, restoreTimeoutMs);
  }

  /** The latest socket, open or closed; null before the first one. */
  get socket(): WebSocketLike | null {
    return this.#socket;
  }

  /**
   * Sends over a new connection first the messages that restore players, then the queue. Rejects when the
   * signal aborts, and with a `WrongAddressError` when the peer is no Andesite WebSocket.
   */
  async startConnection(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
    // A connection that ended during its preparation has left its state behind.
    this.endConnection();
    this.#socket = socket;
    await this.#identifyPeer(socket, signal);
    this.nodeInfo.readHeaders(socket);
    const timeout = this.#eventBufferSeconds;
    if (timeout > 0) sendJson(socket, { op: "event-buffer", timeout: toMilli(timeout) });
    this.#destroyPlayers(socket, this.#operations.stalePlayers);
    const takeMessages = await this.#restorer.prepare(socket, signal);
    // Synchronous from here on: the operations taken below must be in the outbox before any event is handled.
    signal.throwIfAborted();
    // Players that were moved away while the others were restored.
    this.#destroyPlayers(socket, this.#operations.stalePlayers);
    this.#outbox.attach(socket, takeMessages());
  }

  /** Detaches the connection. Operations that the node has not acknowledged are kept. */
  endConnection(): void {
    this.#outbox.detach();
    this.#operations.endConnection();
  }

  /** Rejects all queued messages. */
  rejectAll(error: unknown): void {
    this.#outbox.rejectAll(error);
  }

  /** Forgets which players the node has. */
  forgetPlayers(): void {
    this.#operations.clear();
    this.#plays.clear();
  }

  /**
   * Queues a message, and sends it as soon as there is a connection.
   *
   * @param isAccepted - Whether another client has accepted the message before; the limit does not apply
   *   then.
   * @throws QueueFullError
   */
  enqueueMessage(message: OutgoingMessage, isAccepted: boolean): void {
    if (isAccepted) this.#outbox.pushUnbounded(message);
    else this.#outbox.push(message);
  }

  /** Sends a numbered ping. Its pong acknowledges all operations before it, and is a sign of life. */
  sendBarrier(socket: WebSocketLike): void {
    socket.send(this.#operations.createBarrier(), ignore);
  }

  /** See `PlayerTransfer.releaseGuild`. */
  releaseGuild(guildId: string): OutgoingMessage[] {
    this.#plays.releaseGuild(guildId);
    const messages = [...this.#operations.releaseGuild(guildId), ...this.#outbox.removeGuild(guildId)];
    if (this.#outbox.attached && this.#socket) this.#destroyPlayers(this.#socket, [guildId]);
    return messages;
  }

  /**
   * See `PlayerTransfer.adoptGuild`.
   *
   * @returns Whether the caller has to connect; connecting then creates the player.
   */
  async adoptGuild(guildId: string): Promise<boolean> {
    if (!this.#client.state) return false;
    this.#operations.addPlayer(guildId);
    const epoch = this.#operations.epochOf(guildId);
    const socket = this.#socket;
    if (!this.#outbox.attached) return true;
    const messages = await this.#restorer.createPlayerMessages(guildId);
    const isSameConnection = this.#outbox.attached && this.#socket === socket;
    // Another connection has restored the player already, or the guild was released.
    if (!isSameConnection || this.#operations.epochOf(guildId) !== epoch) return false;
    for (const message of messages) this.#outbox.pushUnbounded(message);
    return false;
  }

  /** Handles a message of the node. */
  receive(text: string): void {
    const body = this.#parseMessage(text);
    if (!body) return;
    const needsBarrier = this.#operations.handlePong(body);
    if (needsBarrier !== null) {
      // A node sends the connection id before it processes the first message.
      this.#identification?.reject(notAndesiteError(this.#address, true));
      if (needsBarrier && this.#socket) this.sendBarrier(this.#socket);
      return;
    }
    emitEvent(this.#client, new RawMsgReceiveEvent(this.#client, body));
    const { operation, problem } = readReceiveOperation(body);
    if (problem) {
      this.#reportProblem(new MalformedDataError(String(body["op"]), problem.field, problem.expected));
    }
    if (!operation) return;
    const { guildId = null } = operation as { readonly guildId?: string | null };
    if (guildId !== null && this.#operations.isStalePlayer(guildId)) return;
    if (operation instanceof PlayerUpdate && this.#restorer.interceptUpdate(operation)) return;
    this.#applyOperation(operation);
    if (operation instanceof AndesiteEvent) this.#plays.attachPlay(operation);
    operation.client = this.#client;
    emitEvent(this.#client, operation);
    const { state } = this.#client;
    if (!state || (guildId !== null && !this.#knownGuilds.admit(guildId))) return;
    void this.#notifyState(() => state.handleMessage(operation));
  }

  /**
   * Waits for the connection id where the peer may be something else: the handshake response has none, or the
   * path is not that of Andesite. At `/`, nodes have a WebSocket for clients of Lavalink.
   */
  async #identifyPeer(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
    const hasId = socket.header(Header.CONNECTION_ID) !== null;
    if (hasId && this.#address.endsWith(`/${webSocketPath}`)) return;
    const identification = Promise.withResolvers<void>();
    this.#identification = identification;
    this.sendBarrier(socket);
    using deadline = new Deadline([signal], identifyTimeoutMs);
    try {
      await raceSignal(identification.promise, deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      throw deadline.signal.aborted ? notAndesiteError(this.#address, hasId) : error;
    } finally {
      this.#identification = null;
    }
  }

  #handleTransmitted(message: OutgoingMessage): void {
    const { guildId, op } = message;
    this.#knownGuilds.markAddressed(guildId);
    this.#operations.markAddressed(guildId);
    if (playOps.has(op)) this.#plays.recordTransmitted(guildId, op, payloadOf(message));
    const { state } = this.#client;
    if (!state) return;
    if (!ignoresSentMessage(state, op)) {
      void this.#notifyState(() => state.handleSentMessage(guildId, op, payloadOf(message)));
    }
    // A node sends events only to connections that have sent a play.
    if (op === "play") void this.#notifyState(() => this.#readStoredPlays(guildId, state));
    if (this.#operations.recordTransmitted(message) && this.#socket) this.sendBarrier(this.#socket);
  }

  /** Reads which operations started the tracks of a player that an earlier process may have left on the node. */
  async #readStoredPlays(guildId: string, state: AbstractState): Promise<void> {
    if (this.#readGuilds.has(guildId)) return;
    this.#readGuilds.add(guildId);
    await state.whenHandled(guildId);
    const details = await (await state.get(guildId)).getDetails?.();
    if (details) this.#plays.addStored(guildId, details.play, details.next);
  }

  #destroyPlayers(socket: WebSocketLike, guildIds: readonly string[]): void {
    for (const guildId of guildIds) {
      sendJson(socket, { op: "destroy", guildId });
      this.#operations.recordDestroy(guildId);
    }
    // Immediately: later messages for these guilds concern their next players.
    if (guildIds.length > 0) this.sendBarrier(socket);
  }

  /** Calls a state of the application. Its failure must end neither the connection nor the process. */
  async #notifyState(handle: () => Promise<void>): Promise<void> {
    try {
      await handle();
    } catch (error) {
      this.#reportProblem(error);
    }
  }

  #applyOperation(operation: ReceiveOperation): void {
    if (operation instanceof ConnectionUpdate) {
      this.#identification?.resolve();
      try {
        this.nodeInfo.setConnectionId(operation.id);
      } catch (error) {
        this.#reportProblem(error);
      }
    } else if (operation instanceof MetadataUpdate) {
      this.nodeInfo.readMetadata(operation.data);
    } else if (operation instanceof TrackStartEvent) {
      this.#operations.acknowledgeStart(operation.guildId, operation.track);
    } else if (operation instanceof OperationFailedEvent && operation.operation === "play") {
      const { guildId, track } = operation;
      this.#operations.refusePlay(guildId, track);
      if (track !== null) this.#plays.refusePlay(guildId, track);
    }
  }

  /** Returns null for text that is not a JSON object. */
  #parseMessage(text: string): Readonly<Record<string, unknown>> | null {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      this.#reportProblem(new MalformedDataError("message", "", "JSON", { cause }));
      return null;
    }
    if (isRecord(body)) return body;
    this.#reportProblem(new MalformedDataError("message", "", "an object"));
    return null;
  }

  #reportProblem(error: unknown): void {
    emitProblem(this.#client, error);
  }
}

/** Operations that change which track a player plays next. */
const playOps = new Set(["play", "stop", "destroy"]);

const ignore = () => {};

const sendJson = (socket: WebSocketLike, body: object): void => socket.send(JSON.stringify(body), ignore);
