import { Header, QueryParameter, type Snowflake, toMilli, toSnowflake } from "@asterite/andesite-protocol";
import { platform } from "#platform";
import { isObject } from "../checks.ts";
import { raceSignal } from "../deadline.ts";
import {
  ClientClosedError,
  ConnectionError,
  InvalidTypeError,
  MalformedDataError,
  MissingUserIdError,
} from "../errors.ts";
import { TrackStartEvent } from "../events/andesite-event.ts";
import { readReceiveOperation } from "../events/read.ts";
import {
  ConnectionUpdate,
  MetadataUpdate,
  PlayerUpdate,
  type ReceiveOperation,
} from "../events/receive-operation.ts";
import { readPassword } from "../http/http-base.ts";
import { AbstractWebSocketClient, type ConnectOptions } from "./abstract-web-socket-client.ts";
import { Connector } from "./connector.ts";
import {
  ProblemEvent,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "./events.ts";
import { type MemberObserver, offerHandover } from "./handover.ts";
import { Identity } from "./identity.ts";
import { KnownGuilds } from "./known-guilds.ts";
import { Ledger } from "./ledger.ts";
import { readLimit, readWebSocketOptions, type WebSocketClientOptions } from "./options.ts";
import { Outbox, type Outgoing, payloadOf } from "./outbox.ts";
import { Restorer } from "./restore.ts";
import type { WebSocketLike } from "./socket.ts";
import { type Attempt, attempt, readWebSocketUri } from "./try-connect.ts";

const ignore = () => {};

/** One WebSocket connection to one node, which is kept up until it is ended. */
export class WebSocketBase extends AbstractWebSocketClient {
  readonly #url: URL;
  readonly #password: string | null;
  readonly #options: ReturnType<typeof readWebSocketOptions>;
  readonly #connector: Connector;
  readonly #outbox: Outbox;
  readonly #ledger = new Ledger();
  readonly #restorer: Restorer;
  readonly #identity = new Identity();
  readonly #known = new KnownGuilds();
  #userId: string | null = null;
  #maxConnectAttempts: number | null;
  #socket: WebSocketLike | null = null;
  readonly #observers = new Set<MemberObserver>();

  /**
   * @param wsUri - Address of the node's WebSocket, with its path.
   * @param userId - Id of the bot; null to set it later.
   * @param password - Null for a node without one.
   * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
   */
  constructor(
    wsUri: string | URL,
    userId: Snowflake | null,
    password: string | null,
    options?: WebSocketClientOptions | null,
  ) {
    super();
    this.#url = readWebSocketUri(wsUri, "wsUri");
    this.#password = readPassword(password);
    this.#options = readWebSocketOptions(options);
    this.#maxConnectAttempts = this.#options.maxConnectAttempts;
    if (userId !== null && userId !== undefined) this.userId = userId;
    this.state = options?.state ?? false;
    const { clock, maxQueuedMessages, restoreTimeoutMs } = this.#options;
    this.#outbox = new Outbox(maxQueuedMessages, clock, (message) => this.#transmitted(message));
    this.#restorer = new Restorer({
      ledger: this.#ledger,
      clock,
      timeoutMs: restoreTimeoutMs,
      state: () => this.state,
      problem: (error) => this.#problem(error),
    });
    this.#connector = new Connector(
      {
        open: (signal) => this.#open(signal),
        prepare: (socket, signal) => this.#prepare(socket, signal),
        up: () => this.#emit(new WebSocketConnectEvent(this)),
        message: (text) => this.#received(text),
        ask: (socket) => socket.send(this.#ledger.barrier(), ignore),
        down: (deliberate) => this.#down(deliberate),
        limit: () => this.#maxConnectAttempts,
        attemptFailed: () => this.#attemptFailed(),
        gaveUp: (error) => this.#gaveUp(error),
        failed: (error) => {
          this.#dropped();
          this.#attemptFailed();
          this.#outbox.rejectAll(error);
          this.#problem(error);
        },
      },
      { ...this.#options, name: this.#url.origin + this.#url.pathname },
    );
    offerHandover(this, {
      release: (guildId) => this.#release(guildId),
      adopt: (guildId) => this.#adopt(guildId),
      accept: (messages) => {
        for (const message of messages) this.#enqueue(message, true);
      },
      observe: (observer) => {
        this.#observers.add(observer);
        return () => this.#observers.delete(observer);
      },
    });
  }

  override get closed(): boolean {
    return this.#connector.state === "closed";
  }

  override get connected(): boolean {
    return this.#connector.state === "connected";
  }

  override get connectionId(): string | null {
    return this.#identity.connectionId;
  }

  override set connectionId(id: null) {
    // Anything else would be sent to the node as an id that it never gave.
    if (id !== null && id !== undefined) throw new InvalidTypeError("connectionId", "null");
    this.#identity.connectionId = null;
  }

  override get nodeRegion(): string | null {
    return this.#identity.nodeRegion;
  }

  override get nodeId(): string | null {
    return this.#identity.nodeId;
  }

  /** Id of the bot; null only when it was never given. A change takes effect with the next connection. */
  get userId(): string | null {
    return this.#userId;
  }

  /** A snowflake; everything else throws a `SnowflakeTypeError` or `SnowflakeRangeError`. */
  set userId(userId: Snowflake) {
    this.#userId = toSnowflake(userId, "userId");
  }

  /** How often to try to connect before the client closes itself; null for no limit. */
  get maxConnectAttempts(): number | null {
    return this.#maxConnectAttempts;
  }

  /** 1 or more, or null; everything else throws an `InvalidTypeError` or `OutOfRangeError`. */
  set maxConnectAttempts(limit: number | null) {
    this.#maxConnectAttempts = readLimit("maxConnectAttempts", limit);
  }

  /** The latest socket, open or not; null before the first connection. */
  get webSocketClient(): WebSocketLike | null {
    return this.#socket;
  }

  /**
   * Connects, or waits for what is under way.
   *
   * Rejects with a `ConnectionError` when the attempts are used up, which closes the client, or when they are
   * ended by `disconnect`; with a `ClientClosedError`; with a `MissingUserIdError`.
   */
  override async connect(options?: ConnectOptions | null): Promise<void> {
    const limit = readLimit("maxAttempts", options?.maxAttempts) ?? this.#maxConnectAttempts;
    if (this.closed) throw new ClientClosedError();
    if (this.#userId === null) throw new MissingUserIdError();
    const connected = this.#connector.connect(limit);
    await (options?.signal ? raceSignal(connected, options.signal) : connected);
  }

  override async disconnect(): Promise<void> {
    this.#dropped();
    this.#outbox.rejectAll(new ConnectionError("the client was disconnected"));
    await this.#connector.disconnect();
  }

  override async close(): Promise<void> {
    const closing = this.#connector.close();
    this.#outbox.rejectAll(new ClientClosedError());
    this.#ledger.clear();
    await closing;
  }

  override async reset(): Promise<void> {
    const resetting = this.#connector.reset();
    this.#identity.connectionId = null;
    this.#outbox.rejectAll(new ConnectionError("the client was reset"));
    this.#ledger.clear();
    await resetting;
  }

  // biome-ignore lint/suspicious/useAwait: so that what is thrown becomes a rejection.
  override async send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void> {
    if (this.closed) throw new ClientClosedError();
    const id = toSnowflake(guildId, "guildId");
    if (typeof op !== "string") throw new InvalidTypeError("op", "a string");
    if (!isObject(payload)) throw new InvalidTypeError("payload", "an object");
    Object.assign(payload, { guildId: id, op });
    const text = JSON.stringify(payload);
    this.#emit(new RawMsgSendEvent(this, id, op, payload));
    return new Promise((resolve, reject) => {
      this.#enqueue({ guildId: id, op, text, resolve, reject, transient: false }, false);
    });
  }

  /** The address of the node; the password is no part of it. */
  override toString(): string {
    return `${this.constructor.name}(${this.#url.origin}${this.#url.pathname})`;
  }

  #emit(event: object): void {
    this.eventTarget.emit(event).catch(ignore);
  }

  /** @param accepted - Whether another client has taken the message already, so that the limit is no concern. */
  #enqueue(message: Outgoing, accepted: boolean): void {
    try {
      if (this.closed) throw new ClientClosedError();
      if (this.#userId === null) throw new MissingUserIdError();
      if (accepted) this.#outbox.pushAlways(message);
      else this.#outbox.push(message);
    } catch (error) {
      message.reject(error);
      return;
    }
    // What goes wrong reaches the senders through the outbox.
    if (!this.connected) this.connect().catch(ignore);
  }

  #open(signal: AbortSignal): Promise<Attempt> {
    const url = new URL(this.#url);
    const headers: Record<string, string> = { ...this.#options.socket.headers };
    const { connectionId } = this.#identity;
    if (platform.sendsHeaders) {
      headers[Header.USER_ID] = String(this.#userId);
      if (this.#password !== null) headers[Header.AUTHORIZATION] = this.#password;
      if (connectionId !== null) headers[Header.RESUME_ID] = connectionId;
    } else {
      url.searchParams.set(QueryParameter.USER_ID, String(this.#userId));
      if (this.#password !== null) url.searchParams.set(QueryParameter.PASSWORD, this.#password);
    }
    return attempt(url, { ...this.#options.socket, headers, signal });
  }

  async #prepare(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
    // A connection that ended while it was being prepared has left its things behind.
    this.#dropped();
    this.#socket = socket;
    this.#identity.readHeaders(socket);
    const { eventBufferTimeout } = this.#options;
    // Where handshakes have no headers nothing is ever resumed, so that the node would keep events for nobody.
    if (eventBufferTimeout > 0 && platform.sendsHeaders) {
      const message = { op: "event-buffer", timeout: toMilli(eventBufferTimeout) };
      socket.send(JSON.stringify(message), ignore);
    }
    this.#destroy(socket, this.#ledger.stale);
    const restoring = await this.#restorer.prepare(socket, signal);
    // From here on without a pause: what the ledger hands out has to be in the outbox when anything happens.
    signal.throwIfAborted();
    // What was moved away while the players were restored.
    this.#destroy(socket, this.#ledger.stale);
    this.#outbox.attach(socket, restoring());
  }

  #destroy(socket: WebSocketLike, guildIds: readonly string[]): void {
    for (const guildId of guildIds) {
      socket.send(JSON.stringify({ op: "destroy", guildId }), ignore);
      this.#ledger.destroying(guildId);
    }
    // At once: what is sent for these guilds from now on is about their next players.
    if (guildIds.length > 0) socket.send(this.#ledger.barrier(), ignore);
  }

  #release(guildId: string): Outgoing[] {
    const messages = [...this.#ledger.release(guildId), ...this.#outbox.take(guildId)];
    if (this.#outbox.attached && this.#socket) this.#destroy(this.#socket, [guildId]);
    return messages;
  }

  async #adopt(guildId: string): Promise<void> {
    if (!this.state) return;
    this.#ledger.adopt(guildId);
    const socket = this.#socket;
    if (!this.#outbox.attached) {
      // Whoever connects restores what the ledger knows of.
      this.connect().catch(ignore);
      return;
    }
    const messages = await this.#restorer.create(guildId);
    // Another connection has restored it already.
    if (!this.#outbox.attached || this.#socket !== socket || !this.#ledger.has(guildId)) return;
    for (const message of messages) this.#outbox.pushAlways(message);
  }

  #dropped(): void {
    this.#outbox.detach();
    this.#ledger.lost();
  }

  #attemptFailed(): void {
    for (const observer of [...this.#observers]) observer.attemptFailed();
  }

  #gaveUp(error: ConnectionError): void {
    this.#dropped();
    // A pool takes what it can bring elsewhere before the rest is given up.
    for (const observer of [...this.#observers]) observer.gaveUp();
    this.#outbox.rejectAll(error);
    this.#problem(error);
  }

  #down(deliberate: boolean): void {
    this.#dropped();
    this.#emit(new WebSocketDisconnectEvent(this, deliberate));
  }

  #transmitted(message: Outgoing): void {
    const { state } = this;
    if (!state) return;
    const { guildId, op } = message;
    this.#known.address(guildId);
    void this.#tellState(() => state.handleSentMessage(guildId, op, payloadOf(message)));
    if (this.#ledger.transmitted(message)) this.#socket?.send(this.#ledger.barrier(), ignore);
  }

  #received(text: string): void {
    const body = this.#parse(text);
    if (!body) return;
    const needsBarrier = this.#ledger.passed(body);
    if (needsBarrier !== null) {
      if (needsBarrier) this.#socket?.send(this.#ledger.barrier(), ignore);
      return;
    }
    this.#emit(new RawMsgReceiveEvent(this, body));
    const { operation, problem } = readReceiveOperation(body);
    if (problem) this.#problem(new MalformedDataError(String(body["op"]), problem.field, problem.expected));
    if (!operation) return;
    const { guildId = null } = operation as { readonly guildId?: string | null };
    if (guildId !== null && this.#ledger.isStale(guildId)) return;
    if (operation instanceof PlayerUpdate && this.#restorer.take(operation)) return;
    this.#note(operation);
    operation.client = this;
    this.#emit(operation);
    const { state } = this;
    if (!state || (guildId !== null && !this.#known.admit(guildId))) return;
    void this.#tellState(() => state.handleMessage(operation));
  }

  /** A state of the program's own may throw, which is no reason to end the connection, let alone the process. */
  async #tellState(tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      this.#problem(error);
    }
  }

  #note(operation: ReceiveOperation): void {
    if (operation instanceof ConnectionUpdate) {
      try {
        this.#identity.readConnectionId(operation.id);
      } catch (error) {
        this.#problem(error);
      }
    } else if (operation instanceof MetadataUpdate) {
      this.#identity.readMetadata(operation.data);
    } else if (operation instanceof TrackStartEvent) {
      this.#ledger.started(operation.guildId, operation.track);
    }
  }

  /** Null for what is no JSON object. */
  #parse(text: string): Record<string, unknown> | null {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      this.#problem(new MalformedDataError("message", "", "JSON", { cause }));
      return null;
    }
    if (isObject(body)) return body;
    this.#problem(new MalformedDataError("message", "", "an object"));
    return null;
  }

  #problem(error: unknown): void {
    this.#emit(new ProblemEvent(this, error));
  }
}
