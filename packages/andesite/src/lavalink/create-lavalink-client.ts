import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { readUri } from "../checks.ts";
import { Client } from "../client/client.ts";
import { LavalinkHTTP } from "./lavalink-http.ts";
import { LavalinkWebSocket, type LavalinkWebSocketOptions } from "./lavalink-web-socket.ts";

/** Options of {@link createLavalinkClient}. */
export interface CreateLavalinkClientOptions extends LavalinkWebSocketOptions {}

/**
 * Creates a client for one Lavalink 4 node, like `createClient` for an Andesite node. It connects on first use.
 *
 * @param uri - Address of the node, such as `http://localhost:2333`. The WebSocket is at `v4/websocket` below it.
 * @param password - Password of the node; null for a node without one.
 * @param userId - Id of the bot; null to set it before connecting.
 * @throws InvalidTypeError, OutOfRangeError, SnowflakeTypeError, SnowflakeRangeError naming the argument.
 */
export function createLavalinkClient(
  uri: string | URL,
  password: string | null,
  userId: SnowflakeLike | null,
  options?: CreateLavalinkClientOptions | null,
): Client {
  const url = readUri("uri", uri, ["http:", "https:"]);
  const webSocketUrl = new URL(url);
  webSocketUrl.protocol = url.protocol.replace("http", "ws");
  webSocketUrl.pathname = `${url.pathname.replace(/\/$/, "")}/v4/websocket`;
  const webSocket = new LavalinkWebSocket(webSocketUrl, userId, password, options);
  const { debug, httpOptions } = options ?? {};
  return new Client(new LavalinkHTTP(url, password, { debug, ...httpOptions }), webSocket);
}
