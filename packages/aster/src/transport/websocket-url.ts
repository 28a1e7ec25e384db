import type { Target } from "./transport.ts";

/** Returns the WebSocket URL of a server. Servers accept any path. */
export const webSocketUrl = ({ host, port, tls }: Target): string =>
  `${tls ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
