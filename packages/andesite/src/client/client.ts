import type { Snowflake } from "@asterite/andesite-protocol";
import type { AbstractHTTP } from "../http/abstract-http.ts";
import { HTTPBase, type HTTPOptions } from "../http/http-base.ts";
import { HTTPInterface } from "../http/http-interface.ts";
import { mixIn } from "../mixin.ts";
import type { StateArgument } from "../state/state.ts";
import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { WebSocketBase } from "../web-socket/web-socket-base.ts";
import { WebSocketInterface } from "../web-socket/web-socket-interface.ts";
import type { WebSocketClientOptions } from "../web-socket/web-socket-options.ts";
import { ClientBase } from "./client-base.ts";

/**
 * {@link ClientBase} with all routes and operations. `getStats` is the operation, which takes a guild; the
 * route of the same name is for an {@link HTTPInterface}.
 */
export type Client = ClientBase &
  Omit<WebSocketInterface, keyof ClientBase> &
  Omit<HTTPInterface, keyof ClientBase | "getStats">;

/** How a {@link Client} is made. */
export interface ClientConstructor {
  /** Takes, and throws, what {@link ClientBase} does. */
  new (httpClient: AbstractHTTP, webSocketClient: AbstractWebSocket): Client;
  /** For `instanceof`. */
  readonly prototype: Client;
}

class ClientClass extends ClientBase {}
mixIn(ClientClass, WebSocketInterface);
mixIn(ClientClass, HTTPInterface);
Object.defineProperty(ClientClass, "name", { value: "Client" });

/** HTTP and WebSocket as one, with all routes and operations. */
export const Client = ClientClass as unknown as ClientConstructor;

/** Options of {@link createClient}: those of the WebSocket client, whose state is on by default. */
export interface CreateClientOptions extends Omit<WebSocketClientOptions, "state"> {
  /** What remembers the players. Default: a new one in memory; `false` for none. */
  readonly state?: StateArgument;
  /** Options of the HTTP client. */
  readonly httpOptions?: HTTPOptions | null | undefined;
}

/**
 * A client for one node.
 *
 * @param httpUri - Base URL of the node's routes.
 * @param webSocketUri - Address of the node's WebSocket, with its path.
 * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
 */
export function createClient(
  httpUri: string | URL,
  webSocketUri: string | URL,
  password: string | null,
  userId: Snowflake | null,
  options?: CreateClientOptions | null,
): Client {
  const state = options?.state ?? true;
  const webSocket = new WebSocketBase(webSocketUri, userId, password, { ...options, state });
  return new Client(new HTTPBase(httpUri, password, options?.httpOptions), webSocket);
}
