import type { Snowflake } from "@asterite/andesite-protocol";
import { Observable } from "@asterite/observable";
import { InvalidTypeError } from "../errors.ts";
import { AbstractHTTP, type RequestOptions } from "../http/abstract-http.ts";
import type { SendOperation } from "../operations/send-operation.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { AbstractPlayerState } from "../state/player-state.ts";
import type { StateArgument } from "../state/state.ts";
import { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { AbstractWebSocketClient, type ConnectOptions } from "../web-socket/abstract-web-socket-client.ts";

/**
 * HTTP and WebSocket of one node, or of a pool, as one. Each part can be replaced; events of the WebSocket part
 * arrive here as well.
 */
export class ClientBase
  extends Observable
  implements AbstractHTTP, Pick<AbstractWebSocket, keyof AbstractWebSocket>
{
  #http: AbstractHTTP;
  #webSocket: AbstractWebSocket;

  /** @throws InvalidTypeError naming the part that is none. */
  constructor(httpClient: AbstractHTTP, webSocketClient: AbstractWebSocket) {
    super();
    this.#http = requireHTTP("httpClient", httpClient);
    this.#webSocket = requireWebSocket("webSocketClient", webSocketClient);
    this.#webSocket.eventTarget.addChild(this);
  }

  /** What requests go through. */
  get http(): AbstractHTTP {
    return this.#http;
  }

  /** The part before is left as it is. Everything else than a client throws an `InvalidTypeError`. */
  set http(http: AbstractHTTP) {
    this.#http = requireHTTP("http", http);
  }

  /** What operations go through. */
  get webSocket(): AbstractWebSocket {
    return this.#webSocket;
  }

  /** The part before is left as it is, without its events. Anything but a client throws an `InvalidTypeError`. */
  set webSocket(webSocket: AbstractWebSocket) {
    requireWebSocket("webSocket", webSocket);
    if (webSocket === this.#webSocket) return;
    // First what may throw.
    webSocket.eventTarget.addChild(this);
    const before = this.#webSocket.eventTarget;
    if (before.hasChild(this)) before.removeChild(this);
    this.#webSocket = webSocket;
  }

  /** Whether either part cannot be used until it is reset. */
  get closed(): boolean {
    return this.#http.closed || this.#webSocket.closed;
  }

  /** Where events are emitted: here. */
  get eventTarget(): Observable {
    return this;
  }

  /** What remembers the players; that of the WebSocket part. */
  get state(): AbstractState | null {
    return this.#webSocket.state;
  }

  /** See {@link AbstractWebSocket.state}. */
  set state(state: StateArgument) {
    this.#webSocket.state = state;
  }

  /** Whether the connection is open and usable; null for a pool. */
  get connected(): boolean | null {
    return this.#single?.connected ?? null;
  }

  /** Id of the connection; null for a pool. */
  get connectionId(): string | null {
    return this.#single?.connectionId ?? null;
  }

  /** Null forgets the id, so that the next connection does not resume this one. */
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

  /** Connects the WebSocket part; does nothing for a pool, whose members connect when they are needed. */
  async connect(options?: ConnectOptions | null): Promise<void> {
    await this.#single?.connect(options);
  }

  /** Disconnects the WebSocket part; does nothing for a pool. */
  async disconnect(): Promise<void> {
    await this.#single?.disconnect();
  }

  /** Forgets the id of the connection, so that the next one does not resume it. */
  deleteConnectionId(): void {
    this.connectionId = null;
  }

  /** Sends a message, see {@link AbstractWebSocket.send}. */
  async send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void> {
    await this.#webSocket.send(guildId, op, payload);
  }

  /** Sends an operation. */
  async sendOperation(guildId: Snowflake, operation: SendOperation): Promise<void> {
    await this.#webSocket.sendOperation(guildId, operation);
  }

  /** Sends what brings a player into a remembered state. */
  async loadPlayerState(playerState: AbstractPlayerState): Promise<void> {
    await this.#webSocket.loadPlayerState(playerState);
  }

  /** Sends a request, see {@link AbstractHTTP.request}. */
  async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    return await this.#http.request(method, path, options);
  }

  /** Closes both parts, HTTP first. What goes wrong in one does not stop the other, and is not reported. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#http, this.#webSocket].map(async (part) => await part.close()));
  }

  /** Makes both parts usable again. Rejects with what went wrong in one of them; the other is reset all the same. */
  async reset(): Promise<void> {
    const resets = [this.#http, this.#webSocket].map(async (part) => await part.reset());
    await Promise.allSettled(resets);
    await Promise.all(resets);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The two parts, neither of which shows its password. */
  override toString(): string {
    return `${this.constructor.name}(${this.#http}, ${this.#webSocket})`;
  }

  get #single(): AbstractWebSocketClient | null {
    return this.#webSocket instanceof AbstractWebSocketClient ? this.#webSocket : null;
  }
}

function requireHTTP(field: string, value: AbstractHTTP): AbstractHTTP {
  if (!(value instanceof AbstractHTTP)) throw new InvalidTypeError(field, "an AbstractHTTP");
  return value;
}

function requireWebSocket(field: string, value: AbstractWebSocket): AbstractWebSocket {
  if (!(value instanceof AbstractWebSocket)) throw new InvalidTypeError(field, "an AbstractWebSocket");
  return value;
}
