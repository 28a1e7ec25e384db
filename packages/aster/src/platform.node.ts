import { inspect } from "node:util";
import { openLines } from "./transport/lines.ts";
import { openNodeWebSocket } from "./transport/node-websocket.ts";
import { tlsRules } from "./transport/tls-rules.ts";
import type { Platform } from "./transport/transport.ts";

/** Platform Node: TCP and TLS sockets, and WebSocket with the same certificate checks. */
export const platform: Platform = {
  openTransport: (target, events, signal) =>
    target.framing === "lines"
      ? openLines(target, events, signal)
      : openNodeWebSocket(target, events, signal),
  framing: "lines",
  tlsRules,
  reportUnhandled: (error) => {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: inspect(error) };
    // Node prints the name, the message and the detail of a warning, but not its stack.
    const warning = new Error(message, { cause: error });
    process.emitWarning(Object.assign(warning, { name, detail: inspect(error) }));
  },
};
