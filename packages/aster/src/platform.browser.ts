import { openBrowserWebSocket } from "./transport/browser-websocket.ts";
import type { Platform } from "./transport/transport.ts";

/** Platform browser: the native WebSocket. */
export const platform: Platform = {
  openTransport: openBrowserWebSocket,
  framing: "websocket",
  tlsRules: {
    fingerprint256: undefined,
    ca: undefined,
    firstUse: undefined,
    checkServerIdentity: undefined,
    verify: undefined,
  },
  // Logs to the console like an uncaught error. Node, whose types apply here, has no `reportError`.
  reportUnhandled: (error) => {
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    reportError?.(error);
  },
};
