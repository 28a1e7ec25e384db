import type { Target } from "./transport.ts";

/** The address of a server's WebSocket; any path is right. */
export const webSocketUrl = ({ host, port, tls }: Target): string =>
  `${tls ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
