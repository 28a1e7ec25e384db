import type { Snowflake } from "@asterite/andesite-protocol";
import { Client } from "../client/client.ts";
import { HTTPBase, type HTTPOptions } from "../http/http-base.ts";
import type { StateArgument } from "../state/state.ts";
import { WebSocketBase } from "../web-socket/web-socket-base.ts";
import type { WebSocketClientOptions } from "../web-socket/web-socket-options.ts";
import { HTTPPoolBase, type HTTPPoolOptions } from "./http-pool-base.ts";
import { WebSocketPoolBase } from "./web-socket-pool-base.ts";
import type { WebSocketPoolOptions } from "./web-socket-pool-options.ts";

/** Address and password of a node; null for a node without a password. */
export type NodeDetails = readonly [uri: string | URL, password: string | null];

/** Options of {@link createPool}. */
export interface CreatePoolOptions {
  /** Id of the bot. */
  readonly userId: Snowflake;
  /** What remembers the players. Default: a new one in memory; `false` for none, which moves no players. */
  readonly state?: StateArgument;
  /** Options of the pool for requests. */
  readonly httpPoolOptions?: HTTPPoolOptions | null | undefined;
  /** Options of the pool for operations. */
  readonly webSocketPoolOptions?: Omit<WebSocketPoolOptions, "state"> | null | undefined;
  /** Options of each HTTP client. */
  readonly httpOptions?: HTTPOptions | null | undefined;
  /** Options of each WebSocket client. */
  readonly webSocketOptions?: Omit<WebSocketClientOptions, "state"> | null | undefined;
}

/**
 * A client for several nodes.
 *
 * @param httpNodes - Base URLs of the nodes' routes.
 * @param webSocketNodes - Addresses of the nodes' WebSockets; they are connected when they are needed.
 * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
 */
export function createPool(
  httpNodes: Iterable<NodeDetails>,
  webSocketNodes: Iterable<NodeDetails>,
  options: CreatePoolOptions,
): Client {
  const { userId, state, httpPoolOptions, webSocketPoolOptions, httpOptions, webSocketOptions } = options;
  const http = Array.from(httpNodes, ([uri, password]) => new HTTPBase(uri, password, httpOptions));
  const webSockets = Array.from(
    webSocketNodes,
    ([uri, password]) => new WebSocketBase(uri, userId, password, { ...webSocketOptions, state: false }),
  );
  return new Client(
    new HTTPPoolBase(http, httpPoolOptions),
    new WebSocketPoolBase(webSockets, { ...webSocketPoolOptions, state: state ?? true }),
  );
}
