import { openLines } from "./transport/lines.ts";
import { openNodeWebSocket } from "./transport/node-websocket.ts";
import type { Platform } from "./transport/transport.ts";

/** Platform Node: TCP and TLS sockets, and WebSocket with the same certificate checks. */
export const platform: Platform = {
  openTransport: (target, events, signal) =>
    target.framing === "lines"
      ? openLines(target, events, signal)
      : openNodeWebSocket(target, events, signal),
  framing: "lines",
  reportUnhandled: (error) => process.emitWarning(error),
};
