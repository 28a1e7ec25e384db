import { Header, QueryParameter, type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { platform } from "#platform";
import { isObject } from "../checks.ts";
import { raceSignal } from "../deadline.ts";
import { ClientClosedError, ConnectionError, InvalidTypeError, MissingUserIdError } from "../errors.ts";
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
import type { OutgoingMessage } from "./outbox.ts";
import { type ConnectionListener, registerPlayerTransfer } from "./player-transfer.ts";
import { ProtocolSession } from "./protocol-session.ts";
import type { WebSocketLike } from "./socket.ts";
import { attemptConnect, type ConnectAttempt, readWebSocketUri } from "./try-connect.ts";
import { readMaxAttempts, readWebSocketOptions, type WebSocketClientOptions } from "./web-socket-options.ts";

const ignore = () => {};

/** One WebSocket connection to one node, which is kept up until it is ended. */
export class WebSocketBase extends AbstractWebSocketClient {
  readonly #url: URL;
  readonly #password: string | null;
  readonly #options: ReturnType<typeof readWebSocketOptions>;
  readonly #connector: Connector;
  readonly #conversation: ProtocolSession;
  #userId: string | null = null;
  #maxConnectAttempts: number | null;
  readonly #observers = new Set<ConnectionListener>();

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
    this.#conversation = new ProtocolSession({
      ...this.#options,
      // Where handshakes have no headers nothing is ever resumed, so that the node would keep events for nobody.
      ...(!platform.sendsHeaders && { eventBufferTimeout: 0 }),
      state: () => this.state,
      raw: (body) => this.#emit(new RawMsgReceiveEvent(this, body)),
      received: (operation) => {
        operation.client = this;
        this.#emit(operation);
      },
      problem: (error) => this.#problem(error),
    });
    this.#connector = new Connector(
      {
        open: (signal) => this.#open(signal),
        prepare: (socket, signal) => this.#conversation.startConnection(socket, signal),
        up: () => this.#emit(new WebSocketConnectEvent(this)),
        message: (text) => this.#conversation.receive(text),
        ask: (socket) => this.#conversation.sendBarrier(socket),
        down: (deliberate) => this.#down(deliberate),
        limit: () => this.#maxConnectAttempts,
        attemptFailed: () => this.#attemptFailed(),
        gaveUp: (error) => this.#gaveUp(error),
        failed: (error) => this.#failed(error),
      },
      { ...this.#options, name: this.#url.origin + this.#url.pathname },
    );
    registerPlayerTransfer(this, {
      releaseGuild: (guildId) => this.#conversation.releaseGuild(guildId),
      adoptGuild: (guildId) => this.#adopt(guildId),
      acceptMessages: (messages) => {
        for (const message of messages) this.#enqueue(message, true);
      },
      addListener: (observer) => {
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
    return this.#conversation.nodeInfo.connectionId;
  }

  override set connectionId(id: null) {
    // Anything else would be sent to the node as an id that it never gave.
    if (id !== null && id !== undefined) throw new InvalidTypeError("connectionId", "null");
    this.#conversation.nodeInfo.connectionId = null;
  }

  override get nodeRegion(): string | null {
    return this.#conversation.nodeInfo.nodeRegion;
  }

  override get nodeId(): string | null {
    return this.#conversation.nodeInfo.nodeId;
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
    this.#maxConnectAttempts = readMaxAttempts("maxConnectAttempts", limit);
  }

  /** The latest socket, open or not; null before the first connection. */
  get webSocketClient(): WebSocketLike | null {
    return this.#conversation.socket;
  }

  /**
   * Connects, or waits for what is under way.
   *
   * Rejects with a `ConnectionError` when the attempts are used up, which closes the client, or when they are
   * ended by `disconnect`; with a `ClientClosedError`; with a `MissingUserIdError`.
   */
  override async connect(options?: ConnectOptions | null): Promise<void> {
    const limit = readMaxAttempts("maxAttempts", options?.maxAttempts) ?? this.#maxConnectAttempts;
    if (this.closed) throw new ClientClosedError();
    if (this.#userId === null) throw new MissingUserIdError();
    const connected = this.#connector.connect(limit);
    await (options?.signal ? raceSignal(connected, options.signal) : connected);
  }

  override async disconnect(): Promise<void> {
    this.#conversation.endConnection();
    this.#conversation.rejectAll(new ConnectionError("the client was disconnected"));
    await this.#connector.disconnect();
  }

  override async close(): Promise<void> {
    const closing = this.#connector.close();
    this.#conversation.rejectAll(new ClientClosedError());
    this.#conversation.forgetPlayers();
    await closing;
  }

  override async reset(): Promise<void> {
    const resetting = this.#connector.reset();
    this.#conversation.nodeInfo.connectionId = null;
    this.#conversation.rejectAll(new ConnectionError("the client was reset"));
    this.#conversation.forgetPlayers();
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
      this.#enqueue({ guildId: id, op, text, resolve, reject, isTransient: false }, false);
    });
  }

  /** The address of the node; the password is no part of it. */
  override toString(): string {
    return `${this.constructor.name}(${this.#url.origin}${this.#url.pathname})`;
  }

  #emit(event: object): void {
    this.eventTarget.emit(event).catch(ignore);
  }

  #problem(error: unknown): void {
    this.#emit(new ProblemEvent(this, error));
  }

  #enqueue(message: OutgoingMessage, accepted: boolean): void {
    try {
      if (this.closed) throw new ClientClosedError();
      if (this.#userId === null) throw new MissingUserIdError();
      this.#conversation.enqueueMessage(message, accepted);
    } catch (error) {
      message.reject(error);
      return;
    }
    // What goes wrong reaches the senders through the outbox.
    if (!this.connected) this.connect().catch(ignore);
  }

  #open(signal: AbortSignal): Promise<ConnectAttempt> {
    const url = new URL(this.#url);
    const headers: Record<string, string> = { ...this.#options.socket.headers };
    const { connectionId } = this;
    if (platform.sendsHeaders) {
      headers[Header.USER_ID] = String(this.#userId);
      if (this.#password !== null) headers[Header.AUTHORIZATION] = this.#password;
      if (connectionId !== null) headers[Header.RESUME_ID] = connectionId;
    } else {
      url.searchParams.set(QueryParameter.USER_ID, String(this.#userId));
      if (this.#password !== null) url.searchParams.set(QueryParameter.PASSWORD, this.#password);
    }
    return attemptConnect(url, { ...this.#options.socket, headers, signal });
  }

  async #adopt(guildId: string): Promise<void> {
    if (await this.#conversation.adoptGuild(guildId)) this.connect().catch(ignore);
  }

  #attemptFailed(): void {
    for (const observer of [...this.#observers]) observer.onAttemptFailed();
  }

  #gaveUp(error: ConnectionError): void {
    this.#conversation.endConnection();
    // A pool takes what it can bring elsewhere before the rest is given up.
    for (const observer of [...this.#observers]) observer.onGaveUp();
    this.#conversation.rejectAll(error);
    this.#problem(error);
  }

  #failed(error: unknown): void {
    this.#conversation.endConnection();
    this.#attemptFailed();
    this.#conversation.rejectAll(error);
    this.#problem(error);
  }

  #down(deliberate: boolean): void {
    this.#conversation.endConnection();
    this.#emit(new WebSocketDisconnectEvent(this, deliberate));
  }
}
