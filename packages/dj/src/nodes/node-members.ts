import {
  type AbstractWebSocket,
  type AbstractWebSocketClient,
  HTTP,
  type Score,
  type ScoringData,
  WebSocketBase,
} from "@asterite/andesite";
import type { DjNode } from "../options.ts";

/** Longest wait between two attempts to connect, in ms. */
const longestBackoffMs = 15_000;
/** Part of its processors beyond which a node gets nothing more while there is another. */
const busyCpu = 0.9;

/** One of the audio nodes. */
export interface NodeMember {
  readonly node: DjNode;
  readonly http: HTTP;
  readonly client: WebSocketBase;
  /** Whether it was found, and goes when it is not heard of any more. */
  readonly isFound: boolean;
  /** Whether it wants to get rid of its players. */
  isDraining: boolean;
  /** Players of all bots, as far as it tells. */
  players: number;
  /** Part of its processors that it uses, as far as it tells. */
  cpu: number;
}

/** The base address of a node, in the one form that it is known by. */
export function baseUrlOf(url: string): URL {
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/** Makes what is needed to use a node; connects when it is used. */
export function createMember(node: DjNode, userId: string, isFound: boolean): NodeMember {
  const base = baseUrlOf(node.url);
  const socketUrl = new URL("websocket", base);
  socketUrl.protocol = base.protocol === "https:" ? "wss:" : "ws:";
  const client = new WebSocketBase(socketUrl, userId, node.password, {
    backoff: { capMs: longestBackoffMs, jitter: 0.3 },
  });
  const http = new HTTP(base, node.password);
  return { node, http, client, isFound, isDraining: false, players: 0, cpu: 0 };
}

/**
 * Rates nodes: those that stay, then those that are connected, then those that are not overloaded, then those with
 * fewer players. What was assigned since a node last told of its players counts.
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
      cpu < busyCpu ? 1 : 0,
      -Math.max(players, guildIds.size),
    ];
  };
