import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { optionNames, requireIterable, requireKnownOptions } from "../checks.ts";
import { Client } from "../client/client.ts";
import type { DebugOptions } from "../debug.ts";
import { HTTPBase, type HTTPOptions, httpOptionNames } from "../http/http-base.ts";
import type { StateArgument } from "../state/state.ts";
import { WebSocketBase } from "../web-socket/web-socket-base.ts";
import { type WebSocketClientOptions, webSocketOptionNames } from "../web-socket/web-socket-options.ts";
import { HTTPPoolBase, type HTTPPoolOptions } from "./http-pool-base.ts";
import { WebSocketPoolBase } from "./web-socket-pool-base.ts";
import type { WebSocketPoolOptions } from "./web-socket-pool-options.ts";

/** Address and password of a node; the password is null for a node without one. */
export type NodeDetails = readonly [uri: string | URL, password: string | null];

/** Options of {@link createPool}. */
export interface CreatePoolOptions extends DebugOptions {
  /** Id of the bot's user. */
  readonly userId: SnowflakeLike;
  /**
   * State that tracks the players. Default: in memory. With `false`, players are not restored on another
   * node.
   */
  readonly state?: StateArgument;
  /** Options of the HTTP pool. */
  readonly httpPoolOptions?: HTTPPoolOptions | null | undefined;
  /** Options of the WebSocket pool. */
  readonly webSocketPoolOptions?: Omit<WebSocketPoolOptions, "state"> | null | undefined;
  /** Options of each HTTP client. */
  readonly httpOptions?: HTTPOptions | null | undefined;
  /** Options of each WebSocket client. */
  readonly webSocketOptions?: Omit<WebSocketClientOptions, "state"> | null | undefined;
}

const names = optionNames<CreatePoolOptions>({
  userId: true,
  state: true,
  httpPoolOptions: true,
  webSocketPoolOptions: true,
  httpOptions: true,
  webSocketOptions: true,
  debug: true,
});

/**
 * Creates a client for several nodes.
 *
 * @param httpNodes - Base URLs of the nodes' HTTP routes, with passwords.
 * @param webSocketNodes - Addresses of the nodes' WebSockets, with passwords. They connect on first use.
 * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
 */
export function createPool(
  httpNodes: Iterable<NodeDetails>,
  webSocketNodes: Iterable<NodeDetails>,
  options: CreatePoolOptions,
): Client {
  // Without options there is no user id either.
  requireKnownOptions("", options ?? "", names);
  const { userId, state, debug, httpPoolOptions, webSocketPoolOptions, httpOptions, webSocketOptions } =
    options;
  requireKnownOptions("httpOptions.", httpOptions, httpOptionNames);
  requireKnownOptions("webSocketOptions.", webSocketOptions, webSocketOptionNames);
  const http = requireNodes("httpNodes", httpNodes).map(
    ([uri, password]) => new HTTPBase(uri, password, { debug, ...httpOptions }),
  );
  const webSockets = requireNodes("webSocketNodes", webSocketNodes).map(
    ([uri, password]) =>
      new WebSocketBase(uri, userId, password, { debug, ...webSocketOptions, state: false }),
  );
  return new Client(
    new HTTPPoolBase(http, { debug, ...httpPoolOptions }),
    new WebSocketPoolBase(webSockets, { debug, ...webSocketPoolOptions, state: state ?? true }),
  );
}

/** Returns the nodes, each of which is an array or another iterable. */
function requireNodes(field: string, nodes: Iterable<NodeDetails>): NodeDetails[] {
  return Array.from(requireIterable(field, nodes), (node, index) => {
    requireIterable(`${field}.${index}`, node);
    return node;
  });
}
