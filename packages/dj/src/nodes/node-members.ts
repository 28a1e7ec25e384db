import {
  type AbstractWebSocket,
  type AbstractWebSocketClient,
  HTTP,
  type Score,
  type ScoringData,
  WebSocketBase,
} from "@asterite/andesite";
import type { DjNode } from "../options.ts";

/** Maximum delay between two connection attempts, in ms. */
const maxBackoffMs = 15_000;
/** CPU load from which a node is overloaded and gets new players only if all nodes are. */
const overloadCpu = 0.9;

/** Audio node that is a member of the pool. */
export interface NodeMember {
  readonly node: DjNode;
  readonly http: HTTP;
  readonly client: WebSocketBase;
  /** Whether it was discovered, and is removed when its announcements end; configured nodes stay. */
  readonly isDiscovered: boolean;
  /** Whether it is shutting down and wants its players moved. */
  isDraining: boolean;
  /** Announced number of players of all its clients. */
  players: number;
  /** Announced CPU load, from 0 to 1. */
  cpu: number;
}

/** Returns the base URL of a node in its canonical form, which identifies the node. */
export function baseUrlOf(url: string): URL {
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/** Creates a member with its HTTP and WebSocket clients; they connect on first use. */
export function createMember(node: DjNode, userId: string, isDiscovered: boolean): NodeMember {
  const base = baseUrlOf(node.url);
  const socketUrl = new URL("websocket", base);
  socketUrl.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  const client = new WebSocketBase(socketUrl, userId, node.password, {
    backoff: { capMs: maxBackoffMs, jitter: 0.3 },
  });
  const http = new HTTP(base, node.password);
  return { node, http, client, isDiscovered, isDraining: false, players: 0, cpu: 0 };
}

/**
 * Creates the scoring function of the pool. In this order it prefers nodes that are not draining, are
 * connected, are not overloaded, and have the fewest players. Guilds assigned since the last announcement
 * count as players.
 */
export const scoreWith =
  (memberOf: (client: AbstractWebSocket | AbstractWebSocketClient) => NodeMember | undefined) =>
  ({ client, guildIds }: ScoringData): Score => {
    const member = memberOf(client);
    if (!member || client.closed) return [-1, 0, 0, 0];
    const { isDraining, players, cpu } = member;
    const isConnected = member.client.connected;
    return [
      isDraining ? 0 : 1,
      isConnected ? 1 : 0,
      cpu < overloadCpu ? 1 : 0,
      -Math.max(players, guildIds.size),
    ];
  };
