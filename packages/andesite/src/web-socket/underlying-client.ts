import { AbstractWebSocket } from "./abstract-web-socket.ts";
import { AbstractWebSocketClient } from "./abstract-web-socket-client.ts";

/** Returns the client to which combined clients forward their operations; other clients are returned as is. */
export function underlyingClient(client: AbstractWebSocket): AbstractWebSocket {
  for (let current = client; ; ) {
    const { webSocket } = current as { readonly webSocket?: unknown };
    if (!(webSocket instanceof AbstractWebSocket)) return current;
    current = webSocket;
  }
}

/** Returns the connection of a client, also behind combined clients; null for a pool. */
export function connectionOf(client: AbstractWebSocket): AbstractWebSocketClient | null {
  const underlying = underlyingClient(client);
  return underlying instanceof AbstractWebSocketClient ? underlying : null;
}

/**
 * Returns the clients through which messages for a guild pass: the client itself, then the members of pools
 * and the parts of combined clients, down to the connection.
 */
export function routeOf(client: AbstractWebSocket, guildId: string): readonly unknown[] {
  const route: unknown[] = [];
  for (let current: unknown = client; current instanceof AbstractWebSocket; ) {
    route.push(current);
    const { webSocket, getClient } = current as {
      readonly webSocket?: unknown;
      readonly getClient?: (guildId: string) => unknown;
    };
    current = typeof getClient === "function" ? getClient.call(current, guildId) : webSocket;
  }
  return route;
}
