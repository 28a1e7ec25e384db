import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { requireKnownOptions } from "../checks.ts";
import type { AbstractHTTP } from "../http/abstract-http.ts";
import { HTTPBase, type HTTPOptions, httpOptionNames } from "../http/http-base.ts";
import { HTTPInterface } from "../http/http-interface.ts";
import { mixIn } from "../mixin.ts";
import type { StateArgument } from "../state/state.ts";
import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { WebSocketBase } from "../web-socket/web-socket-base.ts";
import { WebSocketInterface } from "../web-socket/web-socket-interface.ts";
import { type WebSocketClientOptions, webSocketOptionNames } from "../web-socket/web-socket-options.ts";
import { ClientBase } from "./client-base.ts";

/**
 * Combined client: {@link ClientBase} with all routes and operations. `getStats` is the operation, which
 * takes a guild; for the route use an {@link HTTPInterface}.
 */
export interface Client
  extends ClientBase,
    Omit<WebSocketInterface, keyof ClientBase>,
    Omit<HTTPInterface, keyof ClientBase | "getStats"> {}

/** Constructor of {@link Client}. */
export interface ClientConstructor {
  /** Takes the arguments of {@link ClientBase} and throws the same errors. */
  new (httpClient: AbstractHTTP, webSocketClient: AbstractWebSocket): Client;
  /** Prototype, for `instanceof`. */
  readonly prototype: Client;
}

class ClientClass extends ClientBase {}
mixIn(ClientClass, WebSocketInterface);
mixIn(ClientClass, HTTPInterface);
Object.defineProperty(ClientClass, "name", { value: "Client" });

/**
 * Combined client of HTTP and WebSocket, with all routes and operations: the members of
 * {@link Client:interface | the interface}.
 */
export const Client = ClientClass as unknown as ClientConstructor;

/**
 * Options of {@link createClient}: those of the WebSocket client, with a state by default, and of the HTTP
 * client.
 */
export interface CreateClientOptions extends Omit<WebSocketClientOptions, "state"> {
  /** State that tracks the players. Default: a new one in memory; `false` for none. */
  readonly state?: StateArgument;
  /** Options of the HTTP client. */
  readonly httpOptions?: HTTPOptions | null | undefined;
}

/**
 * Creates a client for one node. It connects on first use.
 *
 * @param httpUri - Base URL of the node's HTTP routes, such as `http://localhost:5000`.
 * @param webSocketUri - Address of the node's WebSocket, such as `ws://localhost:5000/websocket`.
 * @param password - Password of the node; null for a node without one.
 * @param userId - Id of the bot; null to set it before connecting.
 * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
 */
export function createClient(
  httpUri: string | URL,
  webSocketUri: string | URL,
  password: string | null,
  userId: SnowflakeLike | null,
  options?: CreateClientOptions | null,
): Client {
  requireKnownOptions("", options, ["httpOptions", ...webSocketOptionNames]);
  const { httpOptions, ...webSocketOptions } = options ?? {};
  requireKnownOptions("httpOptions.", httpOptions, httpOptionNames);
  const http = new HTTPBase(httpUri, password, { debug: webSocketOptions.debug, ...httpOptions });
  // Without a state among the options, a pool replaces the one that the client makes.
  return new Client(http, new WebSocketBase(webSocketUri, userId, password, webSocketOptions));
}
