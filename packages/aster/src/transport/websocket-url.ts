import type { Target } from "./transport.ts";

/** Returns the WebSocket URL of a server. Servers accept any path; a reverse proxy may serve them below one. */
export const webSocketUrl = ({ host, port, tls, path = "/" }: Target): string =>
  `${tls ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
