import {
  Extension,
  Header,
  QueryParameter,
  type SnowflakeLike,
  toSnowflake,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { sendsHeaders } from "#platform";
import { optionNames, readSignal, requireAtLeast, requireKnownOptions } from "../checks.ts";
import { systemClock } from "../clock.ts";
import { Deadline, raceSignal } from "../deadline.ts";
import type { DebugEntry } from "../debug.ts";
import {
  AuthenticationError,
  ClientClosedError,
  ConnectionError,
  ConnectionTimeoutError,
  InvalidTypeError,
  MissingUserIdError,
} from "../errors.ts";
import { readPassword } from "../http/http-base.ts";
import { createDefaultState } from "../state/state.ts";
import { ProblemEvent } from "./abstract-web-socket.ts";
import { AbstractWebSocketClient, type ConnectOptions } from "./abstract-web-socket-client.ts";
import { addressOf } from "./address.ts";
import { Connector, type ConnectorEvent } from "./connector.ts";
import { debuggedSocket } from "./debugged-socket.ts";
import { emitEvent } from "./emit-event.ts";
import {
  RawMsgSendEvent,
  WebSocketConnectEvent,
  WebSocketConnectFailedEvent,
  WebSocketDisconnectEvent,
} from "./events.ts";
import { type OutgoingMessage, serializePayload } from "./outbox.ts";
import { type ConnectionListener, registerPlayerTransfer } from "./player-transfer.ts";
import { ProtocolSession } from "./protocol-session.ts";
import type { WebSocketLike } from "./socket.ts";
import type { SocketOptions } from "./socket-options.ts";
import { allowClientSubscriptions, endClientSubscriptions } from "./subscriptions.ts";
import { attemptConnect, type ConnectAttempt, readWebSocketUri } from "./try-connect.ts";
import { readMaxAttempts, readWebSocketOptions, type WebSocketClientOptions } from "./web-socket-options.ts";

const ignore = () => {};
/** Extensions of the protocol that clients negotiate; nodes ignore those that they do not know. */
const extensions = `${Extension.OPERATION_FAILED},${Extension.TRACK_TITLES}`;
/** Default of `ConnectOptions.timeoutMs`. */
const defaultConnectTimeoutMs = 60_000;
const connectOptionNames = optionNames<ConnectOptions>({ maxAttempts: true, timeoutMs: true, signal: true });

/** WebSocket connection to one node, which reconnects until it is disconnected or closed. */
export class WebSocketBase extends AbstractWebSocketClient {
  readonly #url: URL;
  readonly #password: string | null;
  readonly #options: ReturnType<typeof readWebSocketOptions>;
  readonly #connector: Connector;
  readonly #session: ProtocolSession;
  readonly #listeners = new Set<ConnectionListener>();
  #userId: string | null = null;
  #connectError: ConnectionError | null = null;

  /**
   * @param wsUri - Address of the node's WebSocket with its path, such as `ws://localhost:5000/websocket`.
   * @param userId - Id of the bot; null to set the property of the same name before connecting.
   * @param password - Password of the node; null for a node without one.
   * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
   */
  constructor(
    wsUri: string | URL,
    userId: SnowflakeLike | null,
    password: string | null,
    options?: WebSocketClientOptions | null,
  ) {
    super();
    this.#url = readWebSocketUri(wsUri, "wsUri");
    this.#password = readPassword(password);
    this.#options = readWebSocketOptions(options);
    if (userId !== null && userId !== undefined) this.userId = userId;
    this.state = options?.state ?? createDefaultState();
    this.#session = new ProtocolSession(this, {
      ...this.#options,
      address: addressOf(this.#url),
      toTimeoutError: () => this.#queueTimeoutError(),
      // A platform without handshake headers cannot resume, so the node would buffer events for no one.
      ...(!sendsHeaders && { eventBufferSeconds: 0 }),
    });
    this.#connector = new Connector(
      this.#session,
      (signal) => this.#openSocket(signal),
      (event) => this.#handleConnectorEvent(event),
      { ...this.#options, name: addressOf(this.#url) },
    );
    registerPlayerTransfer(this, {
      releaseGuild: (guildId) => this.#session.releaseGuild(guildId),
      adoptGuild: (guildId) => this.#adoptGuild(guildId),
      acceptMessages: (messages) => {
        for (const message of messages) this.#enqueueMessage(message, true);
      },
      addListener: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
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
    return this.#session.nodeInfo.connectionId;
  }

  override set connectionId(id: null) {
    // Any other value would be sent to the node as an id that it never issued.
    if (id !== null && id !== undefined) throw new InvalidTypeError("connectionId", "null");
    this.#session.nodeInfo.connectionId = null;
  }

  override get nodeRegion(): string | null {
    return this.#session.nodeInfo.nodeRegion;
  }

  override get nodeId(): string | null {
    return this.#session.nodeInfo.nodeId;
  }

  override get connectError(): ConnectionError | null {
    return this.#connectError;
  }

  /** Id of the bot; null when it was never set. A change takes effect with the next connection. */
  get userId(): string | null {
    return this.#userId;
  }

  /** A snowflake; other values throw a `SnowflakeTypeError` or `SnowflakeRangeError`. */
  set userId(userId: SnowflakeLike) {
    this.#userId = toSnowflake(userId, "userId");
  }

  /** Failed attempts to connect, in a row, after which the client closes itself; null for no limit. */
  get maxConnectAttempts(): number | null {
    return this.#connector.maxConnectAttempts;
  }

  /** A number of at least 1, or null; other values throw an `InvalidTypeError` or `OutOfRangeError`. */
  set maxConnectAttempts(limit: number | null) {
    this.#connector.maxConnectAttempts = readMaxAttempts("maxConnectAttempts", limit);
  }

  /** The latest socket, open or closed; null before the first connection. */
  get webSocketClient(): WebSocketLike | null {
    return this.#session.socket;
  }

  /**
   * Connects, or waits for attempts in progress. Not needed for sending: the first message connects.
   *
   * Rejects with a `ConnectionError` when all attempts failed, which closes the client, or when `disconnect`
   * ended them; after the first attempt with an `AuthenticationError` when the node refuses the password, and
   * with a `WrongAddressError` when the address cannot be right, both of which leave the client usable; with a
   * `ConnectionTimeoutError` after the time limit; with a `ClientClosedError` when the client is closed; with a
   * `MissingUserIdError` without a user id; with the reason of the signal.
   */
  override async connect(options?: ConnectOptions | null): Promise<void> {
    requireKnownOptions("", options, connectOptionNames);
    const signal = readSignal(options?.signal);
    const maxAttempts = readMaxAttempts("maxAttempts", options?.maxAttempts) ?? this.maxConnectAttempts;
    if (this.closed) throw new ClientClosedError();
    if (this.#userId === null) throw new MissingUserIdError();
    const defaultMs = maxAttempts === null ? defaultConnectTimeoutMs : Number.POSITIVE_INFINITY;
    const timeoutMs = requireAtLeast("timeoutMs", 1, options?.timeoutMs ?? defaultMs);
    const connected = this.#connector.connect(maxAttempts);
    using deadline = new Deadline([signal], timeoutMs);
    try {
      await raceSignal(connected, deadline.signal);
    } catch (error) {
      if (!deadline.signal.aborted || signal?.aborted) throw error;
      const { message, cause } = this.#describeFailure(`not connected within ${timeoutMs} ms`);
      throw new ConnectionTimeoutError(timeoutMs, message, { cause });
    }
  }

  override async disconnect(): Promise<void> {
    this.#session.endConnection();
    this.#session.rejectAll(new ConnectionError("the client was disconnected"));
    await this.#connector.disconnect();
  }

  override async close(): Promise<void> {
    const closing = this.#connector.close();
    this.#session.rejectAll(new ClientClosedError());
    this.#session.forgetPlayers();
    endClientSubscriptions(this.eventTarget);
    await closing;
  }

  override async reset(): Promise<void> {
    const resetting = this.#connector.reset();
    allowClientSubscriptions(this.eventTarget);
    this.#session.nodeInfo.connectionId = null;
    this.#session.rejectAll(new ConnectionError("the client was reset"));
    this.#session.forgetPlayers();
    await resetting;
  }

  // biome-ignore lint/suspicious/useAwait: so that thrown errors become rejections.
  override async send(guildId: SnowflakeLike, op: string, payload: Record<string, unknown>): Promise<void> {
    const id = toSnowflake(guildId, "guildId");
    if (typeof op !== "string") throw new InvalidTypeError("op", "a string");
    if (!isRecord(payload)) throw new InvalidTypeError("payload", "an object");
    Object.assign(payload, { guildId: id, op });
    const serialized = serializePayload(payload);
    emitEvent(this, new RawMsgSendEvent(this, id, op, payload));
    if (this.closed) throw new ClientClosedError();
    const expiresAtMs = systemClock.now() + this.#options.queueTimeoutMs;
    return new Promise((resolve, reject) => {
      const message = { guildId: id, op, ...serialized, resolve, reject, isTransient: false, expiresAtMs };
      this.#enqueueMessage(message, false);
    });
  }

  /**
   * Makes one attempt to open a socket with the headers of Andesite. Overridden for nodes of another dialect, whose
   * sockets translate.
   */
  protected openSocket(url: URL, options: SocketOptions): Promise<ConnectAttempt> {
    return attemptConnect(url, options);
  }

  /** Returns class name and address of the node, without the password. */
  override toString(): string {
    return `${this.constructor.name}(${addressOf(this.#url)})`;
  }

  #enqueueMessage(message: OutgoingMessage, isAccepted: boolean): void {
    try {
      if (this.closed) throw new ClientClosedError();
      if (this.#userId === null) throw new MissingUserIdError();
      this.#session.enqueueMessage(message, isAccepted);
    } catch (error) {
      message.reject(error);
      return;
    }
    // A failure to connect rejects the queued messages.
    if (!this.connected) this.#startConnecting();
  }

  #startConnecting(): void {
    if (this.#userId !== null) this.#connector.connect(this.maxConnectAttempts).catch(ignore);
  }

  #queueTimeoutError(): ConnectionTimeoutError {
    const { queueTimeoutMs } = this.#options;
    const { message, cause } = this.#describeFailure(`the message was not sent within ${queueTimeoutMs} ms`);
    return new ConnectionTimeoutError(queueTimeoutMs, message, { cause });
  }

  /** Adds the last failure to connect to the message of an error. */
  #describeFailure(text: string): { readonly message: string; readonly cause: unknown } {
    const cause = this.#connectError;
    return { message: `${text}: ${cause?.message ?? `no connection to ${addressOf(this.#url)}`}`, cause };
  }

  async #adoptGuild(guildId: string): Promise<void> {
    if (await this.#session.adoptGuild(guildId)) this.#startConnecting();
  }

  async #openSocket(signal: AbortSignal): Promise<ConnectAttempt> {
    const url = new URL(this.#url);
    const headers: Record<string, string> = { ...this.#options.socket.headers };
    const { connectionId } = this;
    if (sendsHeaders) {
      headers[Header.USER_ID] = String(this.#userId);
      headers[Header.EXTENSIONS] = extensions;
      if (this.#password !== null) headers[Header.AUTHORIZATION] = this.#password;
      if (connectionId !== null) headers[Header.RESUME_ID] = connectionId;
    } else {
      url.searchParams.set(QueryParameter.USER_ID, String(this.#userId));
      url.searchParams.set(QueryParameter.EXTENSIONS, extensions);
      if (this.#password !== null) url.searchParams.set(QueryParameter.PASSWORD, this.#password);
    }
    const { debug, socket } = this.#options;
    const address = addressOf(url);
    debug?.({
      source: "socket",
      event: "connect-attempt",
      details: {
        address,
        userId: this.#userId,
        hasPassword: this.#password !== null,
        isResuming: !!connectionId,
      },
    });
    const attempt = await this.openSocket(url, { ...socket, headers, signal });
    if (debug === null || attempt.socket === null) return attempt;
    debug({ source: "socket", event: "handshake-completed", details: { address } });
    return { socket: debuggedSocket(attempt.socket, debug, address), failure: null };
  }

  #handleConnectorEvent(event: ConnectorEvent): void {
    this.#options.debug?.(describeConnectorEvent(addressOf(this.#url), event));
    switch (event.type) {
      case "connected":
        this.#connectError = null;
        emitEvent(this, new WebSocketConnectEvent(this));
        break;
      case "disconnected":
        this.#session.endConnection();
        emitEvent(this, new WebSocketDisconnectEvent(this, event.isDeliberate));
        break;
      case "attempt-failed":
        this.#connectError = event.error;
        for (const listener of [...this.#listeners]) listener.onAttemptFailed();
        emitEvent(this, new WebSocketConnectFailedEvent(this, event.error, event.attempt, event.retryInMs));
        break;
      case "gave-up":
        this.#session.endConnection();
        // Before the queue is rejected: a pool moves the queued messages to other members.
        for (const listener of [...this.#listeners]) listener.onGaveUp();
        this.#session.rejectAll(event.error);
        emitEvent(this, new ProblemEvent(this, event.error));
        // A listener may have reset the client.
        if (this.closed) endClientSubscriptions(this.eventTarget);
        break;
      case "failed":
        this.#session.endConnection();
        for (const listener of [...this.#listeners]) {
          if (event.error instanceof AuthenticationError) listener.onRefused(event.error);
          else listener.onAttemptFailed();
        }
        this.#session.rejectAll(event.error);
        emitEvent(this, new ProblemEvent(this, event.error));
        break;
    }
  }
}

/** Returns the entry of the debug log for a change of the connection. */
function describeConnectorEvent(address: string, { type, ...details }: ConnectorEvent): DebugEntry {
  const { error, ...rest } = details as { readonly error?: unknown };
  const reason = error instanceof Error ? { error: error.message } : {};
  return { source: "socket", event: type, details: { address, ...rest, ...reason } };
}
