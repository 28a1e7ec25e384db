import { openBrowserWebSocket } from "./transport/browser-websocket.ts";
import type { Platform } from "./transport/transport.ts";

/** Browsers: their own WebSocket. */
export const platform: Platform = {
  openTransport: openBrowserWebSocket,
  framing: "websocket",
  // Shown in the console like an uncaught error; Node has no such function, and never loads this file.
  reportUnhandled: (error) => (globalThis as { reportError?: (error: Error) => void }).reportError?.(error),
};
