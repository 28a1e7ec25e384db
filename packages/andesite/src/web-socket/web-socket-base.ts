import {
  Header,
  metadata,
  QueryParameter,
  type Snowflake,
  toMilli,
  toSnowflake,
} from "@asterite/andesite-protocol";
import { platform } from "#platform";
import { ClientClosedError, ConnectionError, MissingUserIdError } from "../errors.ts";
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
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "./events.ts";
import { offerHandover } from "./handover.ts";
import { Ledger } from "./ledger.ts";
import { readLimit, readWebSocketOptions, type WebSocketClientOptions } from "./options.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { Probe } from "./restore.ts";
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
  #userId: string | null = null;
  #maxConnectAttempts: number | null;
  #socket: WebSocketLike | null = null;
  #connectionId: string | null = null;
  #nodeRegion: string | null = null;
  #nodeId: string | null = null;
  #probe: Probe | null = null;
  #gaveUp: (() => void) | null = null;

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
    this.#outbox = new Outbox(this.#options.maxQueuedMessages, (message) => this.#transmitted(message));
    this.#connector = new Connector(
      {
        open: (signal) => this.#open(signal),
        prepare: (socket, signal) => this.#prepare(socket, signal),
        up: (socket) => {
          // What was moved away while the players were restored.
          this.#destroy(socket, this.#ledger.stale);
          this.#emit(new WebSocketConnectEvent(this));
        },
        message: (text) => this.#received(text),
        ask: (socket) => socket.send(this.#ledger.barrier(), ignore),
        down: (deliberate) => this.#down(deliberate),
        limit: () => this.#maxConnectAttempts,
        gaveUp: (error) => {
          this.#dropped();
          // A pool takes what it can bring elsewhere before the rest is given up.
          this.#gaveUp?.();
          this.#outbox.rejectAll(error);
        },
        failed: (error) => this.#outbox.rejectAll(error),
      },
      { ...this.#options, name: this.#url.origin + this.#url.pathname },
    );
    offerHandover(this, {
      release: (guildId) => this.#release(guildId),
      accept: (messages) => {
        for (const message of messages) this.#enqueue(message);
      },
      onGaveUp: (callback) => {
        this.#gaveUp = callback;
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
    return this.#connectionId;
  }

  override set connectionId(_id: null) {
    this.#connectionId = null;
  }

  override get nodeRegion(): string | null {
    return this.#nodeRegion;
  }

  override get nodeId(): string | null {
    return this.#nodeId;
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
    await this.#connector.connect(limit);
  }

  override async disconnect(): Promise<void> {
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
    this.#connectionId = null;
    this.#outbox.rejectAll(new ConnectionError("the client was reset"));
    this.#ledger.clear();
    await resetting;
  }

  // biome-ignore lint/suspicious/useAwait: so that what is thrown becomes a rejection.
  override async send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void> {
    if (this.closed) throw new ClientClosedError();
    const id = toSnowflake(guildId, "guildId");
    Object.assign(payload, { guildId: id, op });
    const text = JSON.stringify(payload);
    this.#emit(new RawMsgSendEvent(this, id, op, payload));
    return new Promise((resolve, reject) => {
      this.#enqueue({ guildId: id, op, payload, text, resolve, reject, transient: false });
    });
  }

  /** The address of the node; the password is no part of it. */
  override toString(): string {
    return `${this.constructor.name}(${this.#url.origin}${this.#url.pathname})`;
  }

  #emit(event: object): void {
    this.eventTarget.emit(event).catch(ignore);
  }

  #enqueue(message: Outgoing): void {
    try {
      if (this.closed) throw new ClientClosedError();
      if (this.#userId === null) throw new MissingUserIdError();
      this.#outbox.push(message);
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
    if (platform.sendsHeaders) {
      headers[Header.USER_ID] = String(this.#userId);
      if (this.#password !== null) headers[Header.AUTHORIZATION] = this.#password;
      if (this.#connectionId !== null) headers[Header.RESUME_ID] = this.#connectionId;
    } else {
      url.searchParams.set(QueryParameter.USER_ID, String(this.#userId));
      if (this.#password !== null) url.searchParams.set(QueryParameter.PASSWORD, this.#password);
    }
    return attempt(url, { ...this.#options.socket, headers, signal });
  }

  async #prepare(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
    this.#socket = socket;
    this.#connectionId = socket.header(Header.CONNECTION_ID) ?? this.#connectionId;
    this.#nodeRegion = socket.header(metadata.nodeRegion.header) ?? this.#nodeRegion;
    this.#nodeId = socket.header(metadata.nodeId.header) ?? this.#nodeId;
    const { eventBufferTimeout } = this.#options;
    if (eventBufferTimeout > 0) {
      write(socket, { op: "event-buffer", timeout: toMilli(eventBufferTimeout) });
    }
    this.#destroy(socket, this.#ledger.stale);
    const restoring = await this.#restoring(socket, signal);
    // From here on without a pause: what the ledger hands out has to be in the outbox when anything happens.
    signal.throwIfAborted();
    const first: Outgoing[] = [];
    for (const [guildId, messages] of restoring) {
      if (this.#ledger.has(guildId)) first.push(...messages, ...this.#ledger.forget(guildId));
    }
    this.#outbox.attach(socket, first);
  }

  /** What has to be sent before anything else, by guild, so that the players are what they were. */
  async #restoring(socket: WebSocketLike, signal: AbortSignal): Promise<Map<string, Outgoing[]>> {
    const { state } = this;
    const restoring = new Map<string, Outgoing[]>();
    const guildIds = this.#ledger.guilds;
    if (!state || guildIds.length === 0) return restoring;
    const probe = new Probe(guildIds);
    this.#probe = probe;
    for (const guildId of guildIds) write(socket, { op: "get-player", guildId });
    await probe.answered(this.#options.clock, signal);
    this.#probe = null;
    for (const guildId of guildIds) {
      const messages = await probe.messages(guildId, state);
      restoring.set(
        guildId,
        messages.map(({ op, payload }) => transientMessage(guildId, op, payload)),
      );
    }
    return restoring;
  }

  #destroy(socket: WebSocketLike, guildIds: readonly string[]): void {
    for (const guildId of guildIds) {
      write(socket, { op: "destroy", guildId });
      this.#ledger.destroying(guildId);
    }
    // At once: what is sent for these guilds from now on is about their next players.
    if (guildIds.length > 0) socket.send(this.#ledger.barrier(), ignore);
  }

  #release(guildId: string): Outgoing[] {
    const messages = [...this.#ledger.release(guildId), ...this.#outbox.take(guildId)];
    if (this.connected && this.#socket) this.#destroy(this.#socket, [guildId]);
    return messages;
  }

  #dropped(): void {
    this.#outbox.detach();
    this.#ledger.lost();
  }

  #down(deliberate: boolean): void {
    this.#dropped();
    this.#emit(new WebSocketDisconnectEvent(this, deliberate));
  }

  #transmitted(message: Outgoing): void {
    const { state } = this;
    if (!state) return;
    void state.handleSentMessage(message.guildId, message.op, message.payload);
    if (this.#ledger.transmitted(message)) this.#socket?.send(this.#ledger.barrier(), ignore);
  }

  #received(text: string): void {
    const body = parseObject(text);
    if (!body) return;
    const needsBarrier = this.#ledger.passed(body);
    if (needsBarrier !== null) {
      if (needsBarrier) this.#socket?.send(this.#ledger.barrier(), ignore);
      return;
    }
    this.#emit(new RawMsgReceiveEvent(this, body));
    const { operation } = readReceiveOperation(body);
    if (!operation) return;
    const { guildId = null } = operation as { readonly guildId?: string | null };
    if (guildId !== null && this.#ledger.isStale(guildId)) return;
    if (operation instanceof PlayerUpdate && this.#probe?.take(operation)) return;
    this.#note(operation);
    operation.client = this;
    this.#emit(operation);
    void this.state?.handleMessage(operation);
  }

  #note(operation: ReceiveOperation): void {
    if (operation instanceof ConnectionUpdate) {
      this.#connectionId = operation.id;
    } else if (operation instanceof MetadataUpdate) {
      const { nodeRegion, nodeId } = operation.data;
      if (typeof nodeRegion === "string") this.#nodeRegion ??= nodeRegion;
      if (typeof nodeId === "string") this.#nodeId ??= nodeId;
    } else if (operation instanceof TrackStartEvent) {
      this.#ledger.started(operation.guildId);
    }
  }
}

const write = (socket: WebSocketLike, body: object): void => socket.send(JSON.stringify(body), ignore);

function transientMessage(guildId: string, op: string, fields: Record<string, unknown>): Outgoing {
  const payload = { ...fields, guildId, op };
  const text = JSON.stringify(payload);
  return { guildId, op, payload, text, resolve: ignore, reject: ignore, transient: true };
}

/** Null for what is no JSON object. */
function parseObject(text: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
