import { toMilli } from "@asterite/andesite-protocol";
import { isObject } from "../checks.ts";
import type { Clock } from "../clock.ts";
import { MalformedDataError } from "../errors.ts";
import { TrackStartEvent } from "../events/andesite-event.ts";
import { readReceiveOperation } from "../events/read-receive-operation.ts";
import {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  type ReceiveOperation,
} from "../events/receive-operation.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import { KnownGuilds } from "./known-guilds.ts";
import { NodeInfo } from "./node-info.ts";
import { Outbox, type OutgoingMessage, payloadOf } from "./outbox.ts";
import { PlayerRestorer } from "./player-restorer.ts";
import type { WebSocketLike } from "./socket.ts";
import { UnackedOperations } from "./unacked-operations.ts";

/** What a {@link ProtocolSession} works with. */
export interface ProtocolSessionOptions {
  readonly clock: Clock;
  readonly maxQueuedMessages: number;
  readonly maxUnknownGuilds: number;
  readonly restoreTimeoutMs: number;
  /** How long the node is asked to keep events for the next connection, in seconds; 0 does not ask. */
  readonly eventBufferTimeout: number;
  /** The state that counts at the moment. */
  state(): AbstractState | null;
  /** Takes what was received, as it came, before anything is made of it. */
  raw(body: Readonly<Record<string, unknown>>): void;
  /** Takes what was made of it. */
  received(operation: ReceiveOperation): void;
  /** Is told of what goes wrong. */
  problem(error: unknown): void;
}

/** What is said to a node and what it says, over connections that come and go. */
export class ProtocolSession {
  readonly nodeInfo = new NodeInfo();
  readonly #options: ProtocolSessionOptions;
  readonly #outbox: Outbox;
  readonly #ledger = new UnackedOperations();
  readonly #restorer: PlayerRestorer;
  readonly #known: KnownGuilds;
  #socket: WebSocketLike | null = null;

  constructor(options: ProtocolSessionOptions) {
    const { clock, maxQueuedMessages, restoreTimeoutMs, state, problem } = options;
    this.#options = options;
    this.#known = new KnownGuilds(options.maxUnknownGuilds);
    this.#outbox = new Outbox(maxQueuedMessages, clock, (message) => this.#transmitted(message));
    this.#restorer = new PlayerRestorer({
      ledger: this.#ledger,
      clock,
      timeoutMs: restoreTimeoutMs,
      state,
      problem,
    });
  }

  /** The latest socket, open or not; null before the first one. */
  get socket(): WebSocketLike | null {
    return this.#socket;
  }

  /**
   * Says what there is to say over a new connection: what brings the players back, and then what is waiting. Rejects
   * when the signal aborts.
   */
  async startConnection(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
    // A connection that ended while it was being prepared has left its things behind.
    this.endConnection();
    this.#socket = socket;
    this.nodeInfo.readHeaders(socket);
    const { eventBufferTimeout } = this.#options;
    if (eventBufferTimeout > 0) write(socket, { op: "event-buffer", timeout: toMilli(eventBufferTimeout) });
    this.#destroy(socket, this.#ledger.stalePlayers);
    const restoring = await this.#restorer.prepare(socket, signal);
    // From here on without a pause: what the ledger hands out has to be in the outbox when anything happens.
    signal.throwIfAborted();
    // What was moved away while the players were restored.
    this.#destroy(socket, this.#ledger.stalePlayers);
    this.#outbox.attach(socket, restoring());
  }

  /** There is no connection any more. What was not carried out for certain is kept. */
  endConnection(): void {
    this.#outbox.detach();
    this.#ledger.endConnection();
  }

  /** Rejects what is waiting. */
  rejectAll(error: unknown): void {
    this.#outbox.rejectAll(error);
  }

  /** Forgets which players the node has. */
  forgetPlayers(): void {
    this.#ledger.clear();
  }

  /**
   * Sends a message as soon as there is a connection.
   *
   * @param accepted - Whether another client has taken the message already, so that the limit is no concern.
   * @throws QueueFullError
   */
  enqueueMessage(message: OutgoingMessage, accepted: boolean): void {
    if (accepted) this.#outbox.pushUnbounded(message);
    else this.#outbox.push(message);
  }

  /** Asks for a sign of life. */
  sendBarrier(socket: WebSocketLike): void {
    socket.send(this.#ledger.createBarrier(), ignore);
  }

  /** See `Handover.release`. */
  releaseGuild(guildId: string): OutgoingMessage[] {
    const messages = [...this.#ledger.releaseGuild(guildId), ...this.#outbox.removeGuild(guildId)];
    if (this.#outbox.attached && this.#socket) this.#destroy(this.#socket, [guildId]);
    return messages;
  }

  /**
   * See `Handover.adopt`.
   *
   * @returns Whether a connection has to be made for it.
   */
  async adoptGuild(guildId: string): Promise<boolean> {
    if (!this.#options.state()) return false;
    this.#ledger.addPlayer(guildId);
    const life = this.#ledger.epochOf(guildId);
    const socket = this.#socket;
    // Whoever connects restores what the ledger knows of.
    if (!this.#outbox.attached) return true;
    const messages = await this.#restorer.createPlayerMessages(guildId);
    const isSameConnection = this.#outbox.attached && this.#socket === socket;
    // Another connection has restored it already, or it was given away.
    if (!isSameConnection || this.#ledger.epochOf(guildId) !== life) return false;
    for (const message of messages) this.#outbox.pushUnbounded(message);
    return false;
  }

  /** Takes a message of the node. */
  receive(text: string): void {
    const body = this.#parse(text);
    if (!body) return;
    const needsBarrier = this.#ledger.handlePong(body);
    if (needsBarrier !== null) {
      if (needsBarrier) this.#sendBarrier();
      return;
    }
    this.#options.raw(body);
    const { operation, problem } = readReceiveOperation(body);
    if (problem) {
      this.#options.problem(new MalformedDataError(String(body["op"]), problem.field, problem.expected));
    }
    if (!operation) return;
    const { guildId = null } = operation as { readonly guildId?: string | null };
    if (guildId !== null && this.#ledger.isStalePlayer(guildId)) return;
    if (operation instanceof PlayerUpdate && this.#restorer.interceptUpdate(operation)) return;
    this.#note(operation);
    this.#options.received(operation);
    const state = this.#options.state();
    if (!state || (guildId !== null && !this.#known.admit(guildId))) return;
    void this.#tellState(() => state.handleMessage(operation));
  }

  #transmitted(message: OutgoingMessage): void {
    const { guildId, op } = message;
    this.#known.markAddressed(guildId);
    this.#ledger.markAddressed(guildId);
    const state = this.#options.state();
    if (!state) return;
    void this.#tellState(() => state.handleSentMessage(guildId, op, payloadOf(message)));
    if (this.#ledger.recordTransmitted(message)) this.#sendBarrier();
  }

  #sendBarrier(): void {
    if (this.#socket) this.sendBarrier(this.#socket);
  }

  #destroy(socket: WebSocketLike, guildIds: readonly string[]): void {
    for (const guildId of guildIds) {
      write(socket, { op: "destroy", guildId });
      this.#ledger.recordDestroy(guildId);
    }
    // At once: what is sent for these guilds from now on is about their next players.
    if (guildIds.length > 0) this.sendBarrier(socket);
  }

  /** A state of the program's own may throw, which is no reason to end the connection, let alone the process. */
  async #tellState(tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      this.#options.problem(error);
    }
  }

  #note(operation: ReceiveOperation): void {
    if (operation instanceof ConnectionUpdate) {
      try {
        this.nodeInfo.setConnectionId(operation.id);
      } catch (error) {
        this.#options.problem(error);
      }
    } else if (operation instanceof MetadataUpdate) {
      this.nodeInfo.readMetadata(operation.data);
    } else if (operation instanceof TrackStartEvent) {
      this.#ledger.acknowledgeStart(operation.guildId, operation.track);
    }
  }

  /** Null for what is no JSON object. */
  #parse(text: string): Record<string, unknown> | null {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      this.#options.problem(new MalformedDataError("message", "", "JSON", { cause }));
      return null;
    }
    if (isObject(body)) return body;
    this.#options.problem(new MalformedDataError("message", "", "an object"));
    return null;
  }
}

const ignore = () => {};

const write = (socket: WebSocketLike, body: object): void => socket.send(JSON.stringify(body), ignore);
