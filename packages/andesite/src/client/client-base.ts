import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { Observable } from "@asterite/observable";
import { type ConnectionError, InvalidTypeError } from "../errors.ts";
import { AbstractHTTP, type RequestOptions } from "../http/abstract-http.ts";
import { mixIn } from "../mixin.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import { emitExclusion } from "../pool/emit-exclusion.ts";
import { PoolClientExcludeEvent } from "../pool/events.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { AbstractPlayerState } from "../state/player-state.ts";
import type { StateArgument } from "../state/state.ts";
import { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import type { AbstractWebSocketClient, ConnectOptions } from "../web-socket/abstract-web-socket-client.ts";
import {
  allowClientSubscriptions,
  endClientSubscriptions,
  followSubscriptions,
  unfollowSubscriptions,
} from "../web-socket/subscriptions.ts";
import { connectionOf } from "../web-socket/underlying-client.ts";
import type { WebSocketBase } from "../web-socket/web-socket-base.ts";

/**
 * Combination of an HTTP and a WebSocket client, each of one node or a pool. Emits the events of the
 * WebSocket client, and the `PoolClientExcludeEvent` of an HTTP pool. Both clients can be replaced.
 *
 * Instances are `instanceof` {@link AbstractHTTP} and {@link AbstractWebSocket}, so they can be parts of
 * another combined client and members of pools. They are never `instanceof` {@link AbstractWebSocketClient}.
 */
export class ClientBase extends Observable implements AbstractHTTP, AbstractWebSocket {
  #http: AbstractHTTP;
  #webSocket: AbstractWebSocket;

  /** @throws InvalidTypeError naming the argument that is not a client. */
  constructor(httpClient: AbstractHTTP, webSocketClient: AbstractWebSocket) {
    super();
    this.#http = requireHTTP("httpClient", httpClient);
    targetOf(httpClient)?.on(PoolClientExcludeEvent, this.#forwardExclusion);
    this.#webSocket = requireWebSocket("webSocketClient", webSocketClient);
    this.#webSocket.eventTarget.addChild(this);
    followSubscriptions(this.#webSocket.eventTarget, this);
  }

  /** HTTP client that sends the requests. */
  get http(): AbstractHTTP {
    return this.#http;
  }

  /** An HTTP client; other values throw an `InvalidTypeError`. The previous client is not closed. */
  set http(http: AbstractHTTP) {
    requireHTTP("http", http);
    targetOf(this.#http)?.off(PoolClientExcludeEvent, this.#forwardExclusion);
    targetOf(http)?.on(PoolClientExcludeEvent, this.#forwardExclusion);
    this.#http = http;
  }

  /** WebSocket client that sends the operations. */
  get webSocket(): AbstractWebSocket {
    return this.#webSocket;
  }

  /**
   * A WebSocket client; other values throw an `InvalidTypeError`. The previous client is not closed; its
   * events are no longer emitted here.
   */
  set webSocket(webSocket: AbstractWebSocket) {
    requireWebSocket("webSocket", webSocket);
    if (webSocket === this.#webSocket) return;
    // First, because it may throw.
    webSocket.eventTarget.addChild(this);
    const previous = this.#webSocket.eventTarget;
    if (previous.hasChild(this)) previous.removeChild(this);
    unfollowSubscriptions(previous, this);
    followSubscriptions(webSocket.eventTarget, this);
    if (!webSocket.closed) allowClientSubscriptions(this);
    this.#webSocket = webSocket;
  }

  /** Whether at least one of the two clients is closed. */
  get closed(): boolean {
    return this.#http.closed || this.#webSocket.closed;
  }

  /** Observable that emits the events: this client. */
  get eventTarget(): Observable {
    return this;
  }

  /** State of the WebSocket client. */
  get state(): AbstractState | null {
    return this.#webSocket.state;
  }

  /** A state, a boolean or null, see {@link AbstractWebSocket.state}. */
  set state(state: StateArgument) {
    this.#webSocket.state = state;
  }

  /** Whether the connection is open and usable; null for a pool. */
  get connected(): boolean | null {
    return this.#single?.connected ?? null;
  }

  /** Id of the bot; null when it was never set, and for a pool. A change takes effect with the next connection. */
  get userId(): string | null {
    return (this.#single as Partial<WebSocketBase> | null)?.userId ?? null;
  }

  /** A snowflake. Throws an `InvalidTypeError` for a pool, whose members have their own. */
  set userId(userId: SnowflakeLike) {
    const single = this.#single;
    if (!single || !("userId" in single))
      throw new InvalidTypeError("userId", "set for the members of the pool");
    single.userId = userId;
  }

  /** Id of the connection; null for a pool. */
  get connectionId(): string | null {
    return this.#single?.connectionId ?? null;
  }

  /** Assign null to start the next connection without resuming. */
  set connectionId(id: null) {
    if (this.#single) this.#single.connectionId = id;
  }

  /** Region of the node; null before the first connection, and for a pool. */
  get nodeRegion(): string | null {
    return this.#single?.nodeRegion ?? null;
  }

  /** Id of the node; null before the first connection, and for a pool. */
  get nodeId(): string | null {
    return this.#single?.nodeId ?? null;
  }

  /** Failure of the last attempt to connect; null when it succeeded, before the first one, and for a pool. */
  get connectError(): ConnectionError | null {
    return this.#single?.connectError ?? null;
  }

  /** Connects the WebSocket client. Has no effect for a pool, whose members connect on first use. */
  async connect(options?: ConnectOptions | null): Promise<void> {
    await this.#single?.connect(options);
  }

  /** Disconnects the WebSocket client. Has no effect for a pool. */
  async disconnect(): Promise<void> {
    await this.#single?.disconnect();
  }

  /** Sets {@link connectionId} to null, so that the next connection does not resume the previous one. */
  deleteConnectionId(): void {
    this.connectionId = null;
  }

  /** Sends a message, see {@link AbstractWebSocket.send}. */
  async send(guildId: SnowflakeLike, op: string, payload: Record<string, unknown>): Promise<void> {
    await this.#webSocket.send(guildId, op, payload);
  }

  /** Sends an operation object, see {@link AbstractWebSocket.sendOperation}. */
  async sendOperation(guildId: SnowflakeLike, operation: SendOperation): Promise<void> {
    await this.#webSocket.sendOperation(guildId, operation);
  }

  /** Restores a player from a player state, see {@link AbstractWebSocket.loadPlayerState}. */
  async loadPlayerState(playerState: AbstractPlayerState): Promise<void> {
    await this.#webSocket.loadPlayerState(playerState);
  }

  /** Sends a request, see {@link AbstractHTTP.request}. */
  async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    return await this.#http.request(method, path, options);
  }

  /** Closes both clients, HTTP first. Errors of one do not affect the other and are ignored. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#http, this.#webSocket].map(async (part) => await part.close()));
    if (this.#webSocket.closed) endClientSubscriptions(this);
  }

  /** Makes both clients usable again. Always resets both; rejects with the error of either. */
  async reset(): Promise<void> {
    const resets = [this.#http, this.#webSocket].map(async (part) => await part.reset());
    allowClientSubscriptions(this);
    await Promise.allSettled(resets);
    await Promise.all(resets);
  }

  /** Equivalent to {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Returns the class name and both clients, without passwords. */
  override toString(): string {
    return `${this.constructor.name}(${this.#http}, ${this.#webSocket})`;
  }

  /** Emits the exclusions of an HTTP pool, unless those of the WebSocket client are the same. */
  readonly #forwardExclusion = (event: PoolClientExcludeEvent): void => {
    const isDirect = targetOf(this.#http) !== this.#webSocket.eventTarget;
    if (isDirect && event.pool instanceof AbstractHTTP) emitExclusion(this, event);
  };

  get #single(): AbstractWebSocketClient | null {
    return connectionOf(this.#webSocket);
  }
}
mixIn(ClientBase, AbstractHTTP);
mixIn(ClientBase, AbstractWebSocket);

/** Returns the event target of an HTTP client, which only pools and combined clients have. */
function targetOf(http: AbstractHTTP): Observable | null {
  const { eventTarget } = http as { readonly eventTarget?: unknown };
  return eventTarget instanceof Observable ? eventTarget : null;
}

function requireHTTP(field: string, value: AbstractHTTP): AbstractHTTP {
  if (!(value instanceof AbstractHTTP)) throw new InvalidTypeError(field, "an AbstractHTTP");
  return value;
}

function requireWebSocket(field: string, value: AbstractWebSocket): AbstractWebSocket {
  if (!(value instanceof AbstractWebSocket)) throw new InvalidTypeError(field, "an AbstractWebSocket");
  return value;
}
